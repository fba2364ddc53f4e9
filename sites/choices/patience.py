"""How long a customer may wait for a person before somebody is told: a site's own minutes, else these.

Minutes are staffed ones: while nobody is meant to be there, nobody is late.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

DEFAULTS: Mapping[str, int] = {"notify": 5, "widen": 10, "call_back": 15}
LONGEST = 7 * 24 * 60


class PatienceError(ValueError):
    """A setting that cannot be read; the sentence names it."""


@dataclass(frozen=True, slots=True)
class Patience:
    """When each step is due, counted from the moment a customer began to wait, and who is told besides the owners."""

    notify: timedelta
    widen: timedelta
    call_back: timedelta
    mail: tuple[str, ...]


def parse(given: Mapping[str, Any]) -> Patience:
    """Read `{"notify": 5, "widen": 10, "call_back": 15, "mail": ["desk@example.com"]}`, any left out; raises
    PatienceError."""
    if not isinstance(given, Mapping):
        raise PatienceError('patience: must be a mapping like {"notify": 5}.')
    if unknown := [key for key in given if key not in (*DEFAULTS, "mail")]:
        raise PatienceError(f"patience: {unknown[0]!r} is no step; use {', '.join(DEFAULTS)} and mail.")
    minutes = {step: timedelta(minutes=_minutes(step, given.get(step, usual))) for step, usual in DEFAULTS.items()}
    return Patience(**minutes, mail=_addresses(given.get("mail", [])))


def _minutes(step: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= LONGEST:
        raise PatienceError(f"patience: {step} is {value!r}; use whole minutes from 0 to {LONGEST}.")
    return value


def _addresses(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(address, str) for address in value):
        raise PatienceError('patience: mail must be a list like ["desk@example.com"].')
    for address in value:
        try:
            validate_email(address)
        except ValidationError:
            raise PatienceError(f"patience: {address!r} is not an e-mail address.") from None
    return tuple(value)
