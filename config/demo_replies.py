"""The ready-made replies of the demo's agents, so that the slash finds something on the first day."""

from escalation.models import CannedReply
from sites.models import Site

REPLIES = (
    ("hello", "Say hello", "Hello {name}, this is {agent} of {site}. I have read what you wrote about {category}."),
    ("moment", "Looking into it", "One moment please, {name}: I am looking into it."),
    ("number", "Ask for the order number", "Could you tell me the order number? It is in the mail that confirmed it."),
    (
        "photo",
        "Ask for photos of damage",
        "I am sorry. Please send us:\n- a photo of the whole item\n- a photo of the damage\n- the order number",
    ),
    ("more", "Anything else?", "Is there anything else I can do for you, {name}?"),
)


def seed(site: Site) -> int:
    """Put those that the site does not have; how many."""
    known = set(CannedReply.objects.filter(site=site).values_list("shortcut", flat=True))
    new = [CannedReply(site=site, shortcut=s, title=t, text=w) for s, t, w in REPLIES if s not in known]
    return len(CannedReply.objects.bulk_create(new))
