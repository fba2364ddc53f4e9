"""What customers can get: how far each category goes and why, what is read, by which tools, and who may do what."""

from collections import Counter
from collections.abc import Iterable, Iterator

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import F

from knowledge.face.retrieval import INTERNAL
from knowledge.models import Level, Risk
from release.live import permits
from release.models import ExposureMove, Release
from release.readiness.look import Fact, Look, counts, holders, names
from sites.models import Role, Site, Strictness
from sites.models.endpoints import Endpoint
from sites.people import second_factor
from tools.chat import DECLARED

# ── Scope ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def scope(look: Look) -> Iterator[Fact]:
    """What is live, and how far each category goes and why."""
    yield _release(look)
    yield from _levels(look)
    yield Fact("Everything else", f"declined, by a gate that is {_strictness(look)}")


def _levels(look: Look) -> Iterator[Fact]:
    """The categories by the level in effect and by how it came about."""
    moves = {move.category_id: move for move in _rises(look.site)}
    alike: dict[tuple[int, str, str], list[str]] = {}
    for category in look.categories:
        level, move = permits.of(look.site.pk, category.slug, look.live).level, moves.get(category.id)
        title = f"{category.title} (asks for {category.level})" if category.level > level else category.title
        title += " (high risk)" if category.risk == Risk.HIGH else ""
        alike.setdefault((level, _earned(level, move), _unearned(level, move)), []).append(title)
    for (level, how, lacks), titles in sorted(alike.items(), reverse=True):
        yield Fact(f"Level {level}, {Level(level).label.lower()}", f"{', '.join(titles)}. {how}", lacks)


def _release(look: Look) -> Fact:
    release = look.release
    if release is None or look.live is None:
        return Fact("Live", "no release", "Nothing is live: customers reach people only.")
    when = f"{release.live_at:%d %b %Y, %H:%M}" if release.live_at else "at a time nobody kept"
    told = f"release {release.number}, {release.fingerprint[:16]}, since {when}, by {_both(release)}"
    stale = "" if look.live.matches_build else "It was evaluated on another build or model: everything is at level 1."
    return Fact("Live", told, stale)


def _both(release: Release) -> str:
    return f"{release.live_by} and {release.seconded_by}"


def _rises(site: Site) -> Iterable[ExposureMove]:
    """The last step up of each category."""
    return ExposureMove.objects.filter(category__site=site, after__gt=F("before")).order_by("id")


def _earned(level: int, move: ExposureMove | None) -> str:
    """How the level came about, in words."""
    if level == Level.INTERNAL or move is None:
        return "No customer is answered by itself."
    by = f"by {move.actor} and {move.second}, {move.at:%d %b %Y}"
    if move.evidence.get("first_release"):
        return f"First-release approval on run {move.evidence.get('run')}, {by}."
    drafts = move.evidence.get("drafts", {})
    sent = drafts.get("approved", 0) + drafts.get("edited", 0)
    return f"Earned on {sent} drafts that agents sent and {drafts.get('rejected', 0)} they rejected, {by}."


def _unearned(level: int, move: ExposureMove | None) -> str:
    if level > Level.INTERNAL and move is not None and move.evidence.get("first_release"):
        return "Approved for a first release; no answer of it was reviewed by an agent before."
    return ""


def _strictness(look: Look) -> str:
    chosen = round(look.live.strictness) if look.live else look.site.strictness
    return str(Strictness(chosen).label) if chosen in Strictness.values else f"set to {chosen}"


# ── Data, tools, permissions ──────────────────────────────────────────────────────────────────────────────────────


def data(look: Look) -> Iterator[Fact]:
    """What it reads, which tools it has, who may do what, what leaves the machine."""
    revisions = look.live.revisions.values() if look.live else ()
    audiences = Counter(each.audience for each in revisions)
    yield Fact("Articles", counts(audiences, "for {}") or "none", "" if audiences else "No article is live.")
    yield _articles(look)
    yield from _tools(look)
    model = str(look.bot["model"])
    leaves = "nothing leaves this machine" if model == "none" else "questions and candidate sentences are sent to it"
    yield Fact("Model", "those that the live release names" if model == DECLARED else f"{model}; {leaves}")
    for chat in look.live.models.said.connections if look.live and model != "none" else ():
        where = (
            f"{chat.model} at {chat.url or 'the provider’s own address'}, run by {chat.host or 'nobody who is named'}"
        )
        yield Fact(
            f"Model {chat.name}", where, "" if chat.host else "Nobody says who runs it: “host:” of its connection."
        )
    hooks = Endpoint.objects.filter(site=look.site, state=Endpoint.State.ACTIVE).count()
    yield Fact("Told outside", f"{hooks} webhooks, of handoffs, ratings and complaints" if hooks else "no webhook")
    for role in Role:
        yield Fact(f"{role.label}s", names(holders(look.site, role)) or "nobody")
    yield Fact("Superusers", names(_superusers()) or "nobody")
    yield _sign_in(look)


def _articles(look: Look) -> Fact:
    """How many articles each category may quote to somebody, and which has none."""
    revisions = look.live.revisions.values() if look.live else ()
    quotable = [each for each in revisions if each.audience != INTERNAL]
    held = {c.title: sum(c.slug in each.categories for each in quotable) for c in look.categories}
    answering = {c.title for c in look.categories if c.route == "answer" and not c.by_tool}
    bare = [title for title, count in held.items() if not count and title in answering]
    told = ", ".join(f"{title} {count}" for title, count in held.items()) or "none"
    return Fact("Articles by category", told, f"Nothing to quote: {', '.join(bare)}." if bare else "")


def _tools(look: Look) -> Iterator[Fact]:
    used = {name for category in look.categories for name in category.tools}
    declared = look.live.tools if look.live else {}
    for tool in (declared[name] for name in sorted(used & declared.keys())):
        does = "writes" if tool.writes else "reads"
        whose = "a verified customer's own" if tool.identity == "verified" else "no one's in particular"
        told = f"{does}, {whose}, {tool.limits.person} calls a minute at most, {tool.timeout} s each"
        yield Fact(f"Tool “{tool.name}”", f"{told}; an agent approves each" if tool.writes else told)
    for name in sorted(used - declared.keys()) if look.live else ():
        yield Fact(f"Tool “{name}”", "not declared", "Its category hands every message for it to a person.")
    if not used:
        yield Fact("Tools", "none")


def _sign_in(look: Look) -> Fact:
    """Who of the people with a role proves themselves by a password alone."""
    if settings.DEBUG:
        demo = "demo mode: everybody's password is printed, and no second factor is asked for"
        return Fact("Signing in", demo, "Not for customers: start it without DEBUG.", False)
    people = User.objects.filter(memberships__site=look.site, is_active=True, integration=None).distinct()
    bare = names(person.get_username() for person in people if not second_factor.held(person))
    return Fact("Signing in", "with a second factor", f"Without one: {bare}." if bare else "", False)


def _superusers() -> Iterable[str]:
    return User.objects.filter(is_superuser=True, is_active=True).values_list("username", flat=True)
