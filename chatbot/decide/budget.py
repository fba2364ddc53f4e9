"""What a model may cost: tokens for a conversation, tokens and money for a site and for the installation, by the day.

Law of the room: who is out of it gets the bot's own answer. It is counted after each call, so the last one may go over.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.conf import settings

from sites.core import spending

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Payer:
    """For whom a model is asked: a site by its slug, and a conversation where it is one's."""

    site: str = ""
    conversation: str = ""


NOBODY = Payer()


def left(payer: Payer) -> bool:
    """Whether anything is left of every budget that this one draws on."""
    bounds = list(_bounds(payer))
    spent = spending.spent(*(what for what, _ in bounds))
    return all(used < most for used, (_, most) in zip(spent, bounds, strict=True))


def pay(payer: Payer, tokens: tuple[int, int], price: Sequence[float]) -> float:
    """Count a call's tokens, read and written, and what they cost at the `price` of a million each; returns that."""
    for what in (("tokens",), ("tokens", "site", payer.site), ("tokens", "talk", payer.conversation)):
        if what[-1]:
            spending.spend(sum(tokens), "model", *what)
    if cost := round(sum(n * each for n, each in zip(tokens, price, strict=True))):
        spending.spend(cost, "model", "price")
        spending.spend(cost, "model", "price", "site", payer.site)
    return cost / MILLION


def today(site: str = "") -> tuple[int, float]:
    """Tokens and money of today: of a site, or of the whole installation."""
    of = ("site", site) if site else ()
    tokens, price = spending.spent(("model", "tokens", *of), ("model", "price", *of))
    return tokens, price / MILLION


def _bounds(payer: Payer) -> Iterator[tuple[Sequence[str], int]]:
    """Each budget that is set, by what it is counted under; money in millionths."""
    site, talk = ("site", payer.site), ("talk", payer.conversation)
    every = (
        (("tokens", *talk), settings.HANDRAIL_MODEL_TOKENS_CONVERSATION if payer.conversation else 0),
        (("tokens", *site), settings.HANDRAIL_MODEL_TOKENS_SITE if payer.site else 0),
        (("tokens",), settings.HANDRAIL_MODEL_TOKENS_DAY),
        (("price", *site), settings.HANDRAIL_MODEL_COST_SITE * MILLION if payer.site else 0),
        (("price",), settings.HANDRAIL_MODEL_COST_DAY * MILLION),
    )
    yield from ((("model", *what), int(most)) for what, most in every if most)
