"""Finding conversations, and one verb on many of them. A search is written in the record, as a reading is."""

from datetime import date

from django.contrib import messages
from django.contrib.admin import site as admin_site
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from conversations.models import Conversation
from conversations.record import IllegalMove
from escalation.desk import bulk, search, tags
from escalation.desk.search import ENDS, Wanted
from escalation.models import Handoff
from escalation.packet import packet
from escalation.web import screens
from sites.access.roles import NotAllowed, account, sites_of
from sites.choices import data_policy
from sites.models import Membership, Role

WORDS = 140  # characters of the last words that a line shows
STATES = {"bot": "with the assistant", "waiting": "waiting", "human": "with a person", "closed": "closed"}


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """The form, and the page of conversations that it asks for."""
    user = account(request.user)
    sites = sites_of(user, Role.AGENT, Role.AUDITOR)
    if not sites.exists():
        raise PermissionDenied("You are neither an agent nor an auditor of any site.")
    wanted, asked = _wanted(request.GET), request.GET
    upto = int(asked["upto"]) if asked.get("upto", "").isdecimal() and len(asked["upto"]) < 19 else 0
    found = search.find(sites, wanted, actor=user, before=asked.get("before", ""), upto=upto) if wanted else None
    keys = list(sites.values_list("pk", flat=True))
    masks = data_policy.Masks(data_policy.LISTS)
    here = _address(asked, {})
    context = {
        **admin_site.each_context(request),
        "title": "Find conversations",
        "wanted": wanted,
        "ends": ENDS,
        "filters": screens.filters_of(user),
        "tags": tags.of_sites(keys),
        "found": found,
        "lines": [_line(each, masks) for each in found.rows] if found else [],
        "older": _address(asked, found.older) if found and found.older else "",
        "here": here,
        "works": sites_of(user, Role.AGENT).exists(),
        "colleagues": _colleagues(user),
        "needs": Handoff.Need.choices,
        "many": bulk.MOST,
    }
    return render(request, "escalation/search.html", context)


@require_POST
def act(request: HttpRequest) -> HttpResponse:
    """One verb on the chosen conversations; back to the search with a sentence."""
    user = account(request.user)
    chosen = search.chosen(sites_of(user, Role.AGENT), request.POST.getlist("conversation")[: bulk.MOST + 1])
    try:
        if not chosen:
            raise IllegalMove("Choose some conversations first.")
        outcome = _done(chosen, user, request.POST)
        messages.add_message(request, messages.SUCCESS if outcome.done else messages.WARNING, outcome.told)
    except (IllegalMove, NotAllowed) as refusal:
        messages.error(request, str(refusal))
    address = reverse("admin:desk_search")
    asked = QueryDict(request.POST.get("here", "")[:2000])
    return HttpResponseRedirect(f"{address}?{asked.urlencode()}" if asked else address)


def _done(chosen: list[Conversation], user: User, form: QueryDict) -> bulk.Outcome:
    verb = form.get("verb", "")
    if verb == "tag":
        return bulk.tag(chosen, actor=user, name=form.get("tag", ""))
    if verb == "close":
        return bulk.close(chosen, actor=user, need=form.get("need", ""), reason=form.get("reason", "")[:500])
    if verb == "assign":
        to = User.objects.filter(username=form.get("to", "")[:150], is_active=True).first()
        if to is None:
            raise IllegalMove("Choose a colleague.")
        return bulk.assign(chosen, actor=user, to=to)
    raise IllegalMove("Choose what to do with them.")


def _wanted(asked: QueryDict) -> Wanted:
    def word(name: str) -> str:
        return " ".join(asked.get(name, "")[:200].split())

    return Wanted(
        word("q"), word("who"), word("category"), word("tag"), word("outcome"), _day(word("since")), _day(word("until"))
    )


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None


def _address(asked: QueryDict, more: dict[str, str]) -> str:
    kept = QueryDict(mutable=True)
    for name, value in {**asked.dict(), **more}.items():
        if value and (name in more or name not in ("before", "upto")):
            kept[name] = str(value)
    return kept.urlencode()


def _line(conversation: Conversation, masks: data_policy.Masks) -> dict[str, object]:
    """What one line shows: who, their last words as lists may show them, and where it stands."""
    last = max(conversation.handoffs.all(), key=lambda each: each.pk, default=None)
    words = masks(getattr(conversation, "words", "") or "", conversation.site_id)
    return {
        "conversation": conversation,
        "customer": packet.customer_of(conversation),
        "words": words[:WORDS],
        "category": getattr(conversation, "about", "") or "",
        "state": STATES[conversation.state],
        "agent": packet.name_in({"name": last.agent.get_full_name(), "sub": last.agent.get_username()})
        if last and last.agent
        else "",
        "ending": last.get_ending_display() if last and last.ending else "",
        "tags": [tag.name for tag in conversation.tags.all()],
    }


def _colleagues(user: User) -> list[tuple[str, str]]:
    """Agents of the person's sites, themselves included."""
    theirs = sites_of(user, Role.AGENT).values("pk")
    held = Membership.objects.filter(site__in=theirs, role__in=[Role.AGENT, Role.ADMIN]).values("user")
    people = User.objects.filter(pk__in=held, is_active=True).order_by("username")
    return [(one.get_username(), one.get_full_name() or one.get_username()) for one in people[:200]]
