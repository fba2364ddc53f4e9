"""The desk's pages in the admin, and the one door through which an agent's verbs are posted.

A page shows; a verb makes one call of the desk and answers with one sentence. What changed reaches the screen
over the socket, the agent's own included, so that every screen tells the same story.
"""

import json
import uuid
from collections.abc import Callable, Mapping

from django.contrib import messages
from django.contrib.admin import site as admin_site
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from conversations.models import Conversation, Turn
from conversations.record import IllegalMove
from escalation.desk import approvals, blocks, desk, mentions, moving, proposals, quoting, tags, unsent
from escalation.drafts import review, suggestions, training
from escalation.models import Approval, Block, Draft, Handoff, Team
from escalation.packet import canned, packet
from escalation.queue import presence
from escalation.web import queue_screen, screens
from sites.access.roles import account, require
from sites.choices.hours import availability
from sites.core import ledger
from sites.models import Role

PRESENCE = {
    "available": "You are available.",
    "away": "You are away: colleagues see it, and nothing else changes.",
    "offline": "You are offline. Conversations you still have go back into the queue in a few minutes.",
}
LONGEST = 8_000  # characters of one reply, note or reason; twice what a customer may write


@require_GET
def queue_page(request: HttpRequest) -> HttpResponse:
    """Everybody who waits on the person's sites, drafts included."""
    user = signed_in(request)
    sites = screens.desks(user)
    if not sites:
        raise PermissionDenied("You are not an agent of any site.")
    context = {
        **admin_site.each_context(request),
        "title": "Desk",
        "lists": queue_screen.counted(queue_screen.rows(user)),
        "filters": screens.filters_of(user),
        "presence": screens.presence_of(user),
        "desks": [(site, availability(site)) for site in sites],
        "mentions": mentions.unseen(user)[:20],
    }
    return render(request, "escalation/desk.html", context)


@require_GET
def conversation_page(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """One conversation with its packet. Reading it is an entry in the ledger."""
    user = signed_in(request)
    conversation = _seen(user, conversation_id)
    ledger.note(conversation.site_id, "read", actor=user.get_username(), conversation=str(conversation.pk))
    mentions.seen(conversation, user)
    gathered = packet.packet(conversation)
    context = {
        **admin_site.each_context(request),
        "title": gathered.customer,
        "packet": gathered,
        "last_event": max((entry.event for entry in gathered.thread), default=0),
        "presence": screens.presence_of(user),
        "canned": canned.ready(conversation, actor=user),
        "unsent": unsent.of(conversation, user),
        "approvals": approvals.of(conversation),
        "key": uuid.uuid4().hex,
        **screens.head_of(conversation, user),
    }
    return render(request, "escalation/conversation.html", context)


@require_POST
def act(request: HttpRequest, conversation_id: uuid.UUID, verb: str) -> HttpResponse:
    """Do one verb on a conversation: 200 and a sentence, 409 and why not, 403 without the role."""
    user = signed_in(request)
    conversation = _seen(user, conversation_id)
    if verb not in VERBS:
        raise Http404
    try:
        require(user, conversation.site, Role.AGENT)
        said, status = VERBS[verb](conversation, user, _bounded(request.POST)), 200
    except IllegalMove as refusal:
        said, status = str(refusal), 409
    except ValidationError as refusal:
        said, status = " ".join(refusal.messages), 409
    except PermissionDenied as refusal:
        said, status = str(refusal), 403
    return _answer(request, conversation, verb, said, status)


@require_POST
def choose_presence(request: HttpRequest) -> HttpResponse:
    """Set one's own presence; answers with the sentence and where one stands now."""
    user = signed_in(request)
    try:
        row, failed = presence.choose(actor=user, state=request.POST.get("state", "")), False
        said = PRESENCE[row.chosen]
    except IllegalMove as refusal:
        said, failed = str(refusal), True
    if not request.headers.get("HX-Request"):
        messages.add_message(request, messages.ERROR if failed else messages.SUCCESS, said)
        return HttpResponseRedirect(reverse("admin:desk"))
    context = {"said": said, "failed": failed, "presence": screens.presence_of(user), "oob": True}
    return render(request, "escalation/presence_news.html", context, status=409 if failed else 200)


@require_POST
def keep_unsent(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Keep what the person is writing: 204, or 409 and why not."""
    user = signed_in(request)
    conversation = _seen(user, conversation_id)
    try:
        form = _bounded(request.POST)
        unsent.keep(conversation, actor=user, kind=form.get("kind", ""), text=form.get("text", ""))
    except IllegalMove as refusal:
        return HttpResponse(str(refusal), status=409, content_type="text/plain")
    return HttpResponse(status=204)


@require_GET
def articles(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """What the site's articles say about a few words, to quote in a reply."""
    conversation = _seen(signed_in(request), conversation_id)
    wanted = request.GET.get("q", "")[:300].strip()
    found = quoting.look_up(conversation, wanted) if wanted else []
    return render(request, "escalation/articles.html", {"found": found, "wanted": wanted})


@require_GET
def beside(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """The first of the queue, to stand beside a conversation."""
    user = signed_in(request)
    counted = queue_screen.counted(queue_screen.rows(user))
    lists = [(heading, rows[: queue_screen.BESIDE]) for _, heading, _, rows in counted if rows]
    return render(request, "escalation/beside.html", {"lists": lists, "here": conversation_id})


def signed_in(request: HttpRequest) -> User:
    """The staff member of the request; the admin has let nobody else through."""
    return account(request.user)


# ── Verbs: one call of the desk each, and the sentence the agent reads ──────────────────────────────────────


def _claim(conversation: Conversation, user: User, form: QueryDict) -> str:
    desk.claim(_handoff(conversation), actor=user)
    return f"You have the conversation. {packet.customer_of(conversation)} was told."


def _reply(conversation: Conversation, user: User, form: QueryDict) -> str:
    quotes = quoting.parse(form.getlist("quote"))
    key = form.get("key", "")[:64]
    desk.reply(_handoff(conversation), actor=user, text=form.get("text", ""), quotes=quotes, key=key)
    return "Sent."


def _note(conversation: Conversation, user: User, form: QueryDict) -> str:
    desk.note(conversation, actor=user, text=form.get("text", ""))
    return "Noted. The customer does not see it."


def _release(conversation: Conversation, user: User, form: QueryDict) -> str:
    desk.release(_handoff(conversation), actor=user, reason=form.get("reason", ""))
    return "Back in the queue, at its old place."


def _return(conversation: Conversation, user: User, form: QueryDict) -> str:
    desk.return_to_bot(_handoff(conversation), actor=user, reason=form.get("reason", ""))
    return "The assistant has the conversation again."


def _close(conversation: Conversation, user: User, form: QueryDict) -> str:
    need = form.get("need", "")
    if not need:
        raise IllegalMove("One question first: was a person needed here? Then close again.")
    ending = form.get("ending", Handoff.Ending.RESOLVED)
    desk.close(_handoff(conversation), actor=user, ending=ending, reason=form.get("reason", ""), need=need)
    return "Closed."


def _transfer(conversation: Conversation, user: User, form: QueryDict) -> str:
    kind, _, key = form.get("to", "").partition(":")
    wanted = int(key) if key.isdigit() else 0
    here = User.objects.filter(memberships__site=conversation.site_id)
    to = here.filter(pk=wanted).first() if kind == "agent" else None
    team = Team.objects.filter(pk=wanted, site=conversation.site_id).first() if kind == "team" else None
    desk.transfer(_handoff(conversation), actor=user, note=form.get("note", ""), to=to, team=team)
    return f"Passed to {desk.name_of(to) if to else team}."


def _block(conversation: Conversation, user: User, form: QueryDict) -> str:
    given = {name: form.get(name, "") for name in ("scope", "length", "reason")}
    made = blocks.block(conversation, actor=user, **given)
    return f"Blocked until {timezone.localtime(made.until):%d %b, %H:%M}. They can still ask for a person."


def _lift(conversation: Conversation, user: User, form: QueryDict) -> str:
    wanted = form.get("block", "")
    site = conversation.site_id
    found = Block.objects.filter(site=site, pk=int(wanted)).first() if wanted.isdigit() else None
    if found is None:
        raise IllegalMove("There is no such block.")
    blocks.lift(found, actor=user, reason=form.get("reason", ""))
    return "The block is lifted."


def _call_back(conversation: Conversation, user: User, form: QueryDict) -> str:
    desk.call_back(_handoff(conversation), actor=user, text=form.get("text", ""))
    return f"The answer goes to {desk.address_of(conversation)}. The conversation is closed."


def _approve(conversation: Conversation, user: User, form: QueryDict) -> str:
    draft = _draft(conversation, form)
    message = review.approve(draft, actor=user, text=form.get("text"))
    if message is None:
        return training.lesson(draft)
    return "Sent as the assistant's answer, approved by you." if message.approved_by else "Sent in your words."


def _reject(conversation: Conversation, user: User, form: QueryDict) -> str:
    draft = _draft(conversation, form)
    refuse = review.flag if form.get("flag") else review.reject
    handoff = refuse(draft, actor=user, reason=form.get("reason", ""))
    return "Refused. The customer now waits for a person." if handoff else training.lesson(draft)


def _accept(conversation: Conversation, user: User, form: QueryDict) -> str:
    suggestions.accept(_handoff(conversation), _turn(conversation, form), actor=user, text=form.get("text"))
    return "Sent in your name, with its sources."


def _decline(conversation: Conversation, user: User, form: QueryDict) -> str:
    flagged = bool(form.get("flag"))
    suggestions.turn_down(_turn(conversation, form), actor=user, reason=form.get("reason", ""), flagged=flagged)
    return "Kept. The owners of the category see it."


def _reopen(conversation: Conversation, user: User, form: QueryDict) -> str:
    moving.reopen(conversation, actor=user, reason=form.get("reason", ""))
    return "You have the conversation again."


def _tag(conversation: Conversation, user: User, form: QueryDict) -> str:
    return f"Tagged #{tags.put(conversation, form.get('tag', ''), actor=user).name}."


def _untag(conversation: Conversation, user: User, form: QueryDict) -> str:
    tags.take(conversation, form.get("tag", ""), actor=user)
    return "The tag is gone."


def _propose(conversation: Conversation, user: User, form: QueryDict) -> str:
    given = {name: form.get(name, "") for name in ("shortcut", "title", "text")}
    proposed = proposals.propose(conversation.site, actor=user, **given)
    return f"/{proposed.shortcut} waits for an owner's yes."


def _change(conversation: Conversation, form: QueryDict) -> Approval:
    wanted = form.get("approval", "")
    found = Approval.objects.select_related("conversation__site").filter(conversation=conversation)
    approval = found.filter(pk=int(wanted)).first() if wanted.isdigit() else None
    if approval is None:
        raise IllegalMove("There is no such change.")
    return approval


def _change_approve(conversation: Conversation, user: User, form: QueryDict) -> str:
    seen = form.get("seen", "")
    read = int(seen) if seen.isdigit() else None
    ended = approvals.approve(_change(conversation, form), actor=user, reason=form.get("reason", ""), seen=read)
    return f"{ended.words}: {ended.get_state_display().lower()}."


def _change_correct(conversation: Conversation, user: User, form: QueryDict) -> str:
    given = {key.removeprefix("to-"): form.get(key, "")[:200] for key in form if key.startswith("to-")}
    made = approvals.correct(_change(conversation, form), actor=user, given=given, reason=form.get("reason", ""))
    return f"Corrected, and the customer was told: {made.words}."


def _change_decline(conversation: Conversation, user: User, form: QueryDict) -> str:
    approvals.decline(_change(conversation, form), actor=user, reason=form.get("reason", ""))
    return "Refused. The customer was told."


def _change_undo(conversation: Conversation, user: User, form: QueryDict) -> str:
    ended = approvals.undo(_change(conversation, form), actor=user, reason=form.get("reason", ""))
    return f"Taking it back: {ended.get_state_display().lower()}."


VERBS: Mapping[str, Callable[[Conversation, User, QueryDict], str]] = {
    "claim": _claim,
    "reply": _reply,
    "note": _note,
    "release": _release,
    "return": _return,
    "transfer": _transfer,
    "close": _close,
    "block": _block,
    "lift": _lift,
    "call-back": _call_back,
    "approve": _approve,
    "reject": _reject,
    "accept": _accept,
    "decline": _decline,
    "reopen": _reopen,
    "tag": _tag,
    "untag": _untag,
    "propose": _propose,
    "change-approve": _change_approve,
    "change-correct": _change_correct,
    "change-decline": _change_decline,
    "change-undo": _change_undo,
}


# ── Inside ──────────────────────────────────────────────────────────────────────────────────────────────────


def _seen(user: User, conversation_id: uuid.UUID) -> Conversation:
    conversation = screens.seen_by(user, conversation_id)
    if conversation is None:
        raise Http404("There is no such conversation on your sites.")
    return conversation


def _handoff(conversation: Conversation) -> Handoff:
    handoffs = Handoff.objects.select_related("site", "conversation__site", "agent")
    handoff = handoffs.filter(conversation=conversation).order_by("-pk").first()
    if handoff is None:
        raise IllegalMove("Nobody has asked for a person in this conversation.")
    return handoff


def _turn(conversation: Conversation, form: QueryDict) -> Turn:
    wanted = form.get("turn", "")
    turns = conversation.turns.select_related("conversation__site", "category")
    turn = turns.filter(pk=int(wanted)).first() if wanted.isdigit() else None
    if turn is None:
        raise IllegalMove("There is no such suggestion.")
    return turn


def _draft(conversation: Conversation, form: QueryDict) -> Draft:
    drafts = Draft.objects.select_related("conversation__site", "turn__question", "turn__category")
    wanted = form.get("draft", "")
    draft = drafts.filter(conversation=conversation, pk=int(wanted)).first() if wanted.isdigit() else None
    if draft is None:
        raise IllegalMove("There is no such draft.")
    return draft


def _bounded(form: QueryDict) -> QueryDict:
    if any(len(value) > LONGEST for value in form.values() if isinstance(value, str)):
        raise IllegalMove(f"That is too long; {LONGEST:,} characters are the limit.")
    return form


def _answer(request: HttpRequest, conversation: Conversation, verb: str, said: str, status: int) -> HttpResponse:
    """A fragment for htmx; a page with the sentence on top for a browser without scripts."""
    page = reverse("admin:desk_conversation", args=[conversation.pk])
    if not request.headers.get("HX-Request"):
        messages.add_message(request, messages.SUCCESS if status == 200 else messages.ERROR, said)
        return HttpResponseRedirect(page)
    response = render(request, "escalation/notice.html", {"said": said, "failed": status != 200}, status=status)
    if status == 200:
        response["HX-Trigger"] = json.dumps({"desk:done": {"verb": verb}})
        if verb == "claim" and request.POST.get("open"):
            response["HX-Redirect"] = page
    return response
