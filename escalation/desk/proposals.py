"""Ready-made replies that agents propose: nobody finds one behind the slash before an owner has saved it."""

import re

from django.contrib.auth.models import User

from conversations.record import IllegalMove
from escalation.models import CannedReply
from sites.access.roles import require
from sites.core import kept, ledger
from sites.models import Role, Site

VARIABLES = ("name", "agent", "category", "site")
_SHORTCUT = re.compile(r"[a-z0-9_-]{1,30}")
_VARIABLE = re.compile(r"\{(\w*)\}")


def propose(site: Site, *, actor: User, shortcut: str, title: str, text: str) -> CannedReply:
    """Keep a reply that waits for an owner. Raises IllegalMove, NotAllowed."""
    called, heading, words = shortcut.strip().removeprefix("/").lower(), " ".join(title.split())[:80], text.strip()
    if not _SHORTCUT.fullmatch(called):
        raise IllegalMove("A shortcut is small letters, figures, - and _, 30 at most.")
    if not heading or not words or len(words) > 4000:
        raise IllegalMove("It needs a title and a text of at most 4,000 characters.")
    if unknown := [name for name in _VARIABLE.findall(words) if name not in VARIABLES]:
        raise IllegalMove(f"{{{unknown[0]}}} is not a variable; use {', '.join(f'{{{name}}}' for name in VARIABLES)}.")
    with kept.writing(site.pk) as head:
        require(actor, site, Role.AGENT)
        if CannedReply.objects.filter(site=site, shortcut=called).exists():
            raise IllegalMove(f"There is a reply /{called} already.")
        by = actor.get_username()
        made = CannedReply.objects.create(site=site, shortcut=called, title=heading, text=words, proposed_by=by)
        facts = {"actor": by, "reply": made.pk, "shortcut": called, "text": ledger.digest(words)}
        kept.append(site.pk, "reply_proposed", facts, head=head)
    return made
