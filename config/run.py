"""`make run`: from nothing to a served demo, in steps that say what they do and are skipped when already done."""

import atexit
import hashlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from config import beside

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from sites.models import Site

BASE = Path(__file__).resolve().parent.parent
PASSWORD = "handrail-demo"  # noqa: S105  the demo's password is printed for everyone to read
PEOPLE = {
    "admin": "administrator",
    "ben": "agent",
    "cleo": "content owner",
    "dan": "release owner",
    "alma": "auditor",
}


def main() -> None:
    """Set up what is missing, then serve until interrupted."""
    began = time.monotonic()
    port = int(os.environ.get("PORT") or 8000)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # so that the shop is stopped too
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("DEBUG", "1")
    refuse_taken(port)
    home = Path(os.environ.get("HANDRAIL_HOME") or BASE / "var").resolve()
    start_shop(home)
    beside.keep(home)
    import django

    django.setup()
    step("Database", migrate)
    step("People", people)
    step("Sample site", sample)
    step("Release", release)
    announce(port, time.monotonic() - began)
    serve(port)


def step(name: str, work: Any) -> None:
    """Run one step and say how long it took."""
    began = time.monotonic()
    print(f"  {name:<12}", end="", flush=True)
    print(f" {work()} ({time.monotonic() - began:.1f} s)", flush=True)


def refuse_taken(port: int) -> None:
    """Stop before any work when the port is in use."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            sys.exit(f"Port {port} is in use. Stop what runs there, or choose another: PORT=8001 make run")


def start_shop(home: Path) -> None:
    """Start the demo shop's order service as a process of its own, unless SHOP_URL names one."""
    if os.environ.get("SHOP_URL"):
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    os.environ["SHOP_URL"] = f"http://127.0.0.1:{port}"
    os.environ.setdefault("SHOP_KEY", secrets.token_urlsafe(24))
    shop = subprocess.Popen([sys.executable, "-m", "shop", "--port", str(port), "--data", str(home / "shop")], cwd=BASE)
    atexit.register(shop.terminate)
    for _ in range(100):
        try:
            urllib.request.urlopen(f"{os.environ['SHOP_URL']}/healthz", timeout=1).close()  # noqa: S310
            return
        except OSError:
            time.sleep(0.05)
    sys.exit("The demo shop's order service did not start; its message is above.")


def migrate() -> str:
    """Create or update the tables."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    return "ready"


def people() -> str:
    """The demo's people, with one known password."""
    from django.contrib.auth.hashers import make_password
    from django.contrib.auth.models import User

    known = set(User.objects.values_list("username", flat=True))
    new = [name for name in PEOPLE if name not in known]
    password = make_password(PASSWORD) if new else ""
    for name in new:
        admin = name == "admin"
        User.objects.create(
            username=name, first_name=name.title(), is_staff=True, is_superuser=admin, password=password
        )
    return ", ".join(PEOPLE)


def sample() -> str:
    """Load the sample bundle, unless it is loaded already as it stands."""
    from django.conf import settings
    from django.contrib.auth.models import User

    from config import demo_replies
    from release.bundles import bundle
    from sites.access.roles import grant
    from sites.models import Role, Site

    digest = hashlib.sha256(b"".join(p.read_bytes() for p in sorted((BASE / "sample").rglob("*.*")))).hexdigest()
    mark = settings.HANDRAIL_HOME / "sample.digest"
    if mark.exists() and mark.read_text() == digest and Site.objects.filter(slug="fernway").exists():
        lead_here(settings.HANDRAIL_BASE_URL)
        return "fernway: loaded already"
    loaded = bundle.load(BASE / "sample", actor=User.objects.get(username="admin"), progress=sys.stderr.isatty())
    site = Site.objects.get(slug="fernway")
    roles = {"admin": Role.ADMIN, "ben": Role.AGENT, "cleo": Role.CONTENT_OWNER, "dan": Role.RELEASE_OWNER}
    for name, role in {**roles, "alma": Role.AUDITOR}.items():
        grant(User.objects.get(username=name), site, role, actor="make run")
    demo_replies.seed(site)
    mark.write_text(digest)
    lead_here(settings.HANDRAIL_BASE_URL)
    return str(loaded)


def lead_here(address: str) -> None:
    """The sample's articles lead to the help pages of this very server: its bundle names the port nobody chose."""
    from knowledge.models import Source

    for before in ("http://localhost:", "http://127.0.0.1:"):
        theirs = Source.objects.filter(site__slug="fernway", url__startswith=before).exclude(url__startswith=address)
        for source in theirs:
            Source.objects.filter(pk=source.pk).update(url=address + urlsplit(source.url).path)


def release() -> str:
    """Gate the candidate and take it live with two people, as the first-release approval asks."""
    from django.contrib.auth.models import User

    from release.exposure import levels
    from release.gate import gate
    from release.live import snapshot
    from sites.models import Site

    site = Site.objects.get(slug="fernway")
    dan, admin = (User.objects.get(username=name) for name in ("dan", "admin"))
    confirm_crisis(site, dan)
    frozen = snapshot.freeze(site, actor=dan)
    if frozen.state == "live":
        return f"number {frozen.number} is live"
    run = gate.run(frozen, actor=dan)
    if not run.passed:
        failed = run.verdicts.filter(passed=False)
        lines = "".join(f"\n    {v.scenario}: {v.why}" for v in failed[:20])
        return f"the gate failed {run.failed} of {run.total} scenarios; nothing new goes live{lines}"
    frozen.refresh_from_db()
    gate.go_live(frozen, actor=dan, second=admin, reason="The demo's first release.")
    levels.first_release(site, actor=dan, second=admin, run=run, reason="The demo's first release.")
    return f"number {frozen.number} passed {run.total} scenarios and is live"


def confirm_crisis(site: "Site", dan: "User") -> None:
    """Dan's word that the sample's numbers for somebody in danger are right, where it does not count already."""
    from django.utils import timezone

    from release.gate.crisis import confirm
    from sites.choices import crisis

    for each in crisis.standings(site, site.crisis, timezone.now()):
        if each.lacks:
            confirm(site, each.country, seen=crisis.digest(site.crisis), actor=dan)


def announce(port: int, seconds: float) -> None:
    """Print the addresses and logins."""
    logins = "\n".join(f"      {name:<6} {what}" for name, what in PEOPLE.items())
    print(
        f"\n  Handrail is served after {seconds:.0f} s.\n\n"
        f"    Demo shop with the widget   http://localhost:{port}/\n"
        f"    Admin                       http://localhost:{port}/admin/\n"
        f"    Password for everyone: {PASSWORD}\n{logins}\n",
        flush=True,
    )


def serve(port: int) -> None:
    """Serve until interrupted."""
    import uvicorn

    uvicorn.run(
        "config.asgi:application",
        host=os.environ.get("HOST", "127.0.0.1"),
        port=port,
        ws="websockets-sansio",
        loop="uvloop",
        ws_per_message_deflate=False,
        ws_max_size=1_048_576,
        lifespan="on",
        proxy_headers=False,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=12,
    )


if __name__ == "__main__":
    main()
