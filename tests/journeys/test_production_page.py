"""docs/production.md does what it says: its own commands, from an empty PostgreSQL to a site that answers."""

import os
import re
import secrets
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import yaml

from config import reference
from tests.everything import POSTGRES, REDIS, answers
from tests.server import BASE, free_port

pytestmark = [pytest.mark.alone, pytest.mark.timeout(540), pytest.mark.proof]
PAGE = (BASE / "docs" / "production.md").read_text(encoding="utf-8")
UNITS = sorted((BASE / "deploy" / "systemd").glob("*.service"))
ROLES = {"web", "worker", "bulk", "migrate"}


def blocks(tag: str) -> str:
    """The page's commands of one kind, in order."""
    return "\n".join(re.findall(rf"```{tag}\n(.*?)```", PAGE, re.S))


def variables(text: str) -> set[str]:
    named = set(re.findall(r"^\s*([A-Z][A-Z_]+)[=:]", text, re.M))
    return {name.removesuffix("_FILE") for name in named}


@pytest.mark.skipif(not (answers(POSTGRES) and answers(REDIS)), reason="PostgreSQL and Redis do not answer here")
def test_from_an_empty_server_to_the_first_answer(tmp_path: Path) -> None:
    etc, var, srv = (tmp_path / name for name in ("etc", "var", "srv"))
    for folder in (etc, var, srv):
        folder.mkdir()
    name, chroma = f"handrail_first_{os.getpid()}", free_port()
    url = POSTGRES.rsplit("/", 1)[0] + f"/{name}"
    places = {
        "postgres://handrail:PASSWORD@127.0.0.1:5432/handrail": url,
        "/etc/handrail": str(etc),
        "/var/lib/handrail": str(var),
        "/srv/handrail": str(srv),
        "cd /opt/handrail && .venv/bin/python": f"cd {BASE} && {sys.executable}",
        "127.0.0.1:6379": REDIS.split("//")[1].split("/")[0],
        "127.0.0.1:8010": f"127.0.0.1:{chroma}",
        "--email": "--noinput --email",
    }
    script, env = blocks("sh"), (BASE / "deploy" / "systemd" / "handrail.env").read_text(encoding="utf-8")
    for old, new in places.items():
        script, env = script.replace(old, new), env.replace(old, new)
    (etc / "handrail.env").write_text(env)
    bare = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
    bare["DJANGO_SUPERUSER_PASSWORD"] = secrets.token_urlsafe(12)
    bin = Path(sys.executable).parent
    with psycopg.connect(POSTGRES, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')
    index = subprocess.Popen(
        [bin / "chroma", "run", "--path", str(tmp_path / "index"), "--port", str(chroma)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        done = subprocess.run(["bash", "-e", "-c", script], env=bare, cwd=tmp_path, capture_output=True, text=True)
    finally:
        index.kill()
        index.wait()
        with psycopg.connect(POSTGRES, autocommit=True) as server:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    said = done.stdout + done.stderr
    assert done.returncode == 0, said[-4000:]
    assert "Release 1 of shop is live." in done.stdout
    assert re.search(r"returns: level \d, ", done.stdout), said[-4000:]
    assert "30 days" in done.stdout
    assert "shop: whole" in done.stdout
    assert (var / "first.backup").is_file()
    assert all(path.stat().st_mode & 0o077 == 0 for path in etc.iterdir() if path.name != "handrail.env")


def test_the_units_start_roles_that_exist_with_settings_that_are_read() -> None:
    roles = {re.search(r"entrypoint (\w+)", unit.read_text())[1] for unit in UNITS if "entrypoint" in unit.read_text()}
    assert roles == ROLES
    entry = (BASE / "docker" / "entrypoint").read_text(encoding="utf-8")
    assert all(f"{role})" in entry for role in roles - {"migrate"})
    env = (BASE / "deploy" / "systemd" / "handrail.env").read_text(encoding="utf-8")
    assert variables(env) <= set(reference.told())


def test_the_compose_file_names_settings_that_are_read_and_secrets_that_the_page_makes(tmp_path: Path) -> None:
    compose = yaml.safe_load((BASE / "docker" / "compose.yaml").read_text(encoding="utf-8"))
    web = compose["services"]["web"]
    assert {name.removesuffix("_FILE") for name in web["environment"]} <= set(reference.told())
    assert web["read_only"]
    assert web["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    (tmp_path / "docker").mkdir()
    subprocess.run(["bash", "-e", "-c", blocks("sh compose")], cwd=tmp_path, check=True)
    made = {path.name for path in (tmp_path / "docker" / "secrets").iterdir()}
    assert {Path(each["file"]).name for each in compose["secrets"].values()} == made
    for service in compose["services"].values():
        assert set(service.get("secrets", [])) <= set(compose["secrets"])
