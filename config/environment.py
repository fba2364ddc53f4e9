"""Variables of the environment as they are read, and those of which a wrong value must stop the start."""

import ipaddress
import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

USES, MODES = ("select", "understand", "condense"), ("on", "shadow", "off")
"""What a model can be asked for, and how far each may go."""
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536; "
    "PRAGMA secure_delete=ON;",
}
DATABASE_PATIENCE = 3  # seconds that anybody waits for a PostgreSQL that does not answer


class Env(environ.FileAwareEnv):
    """FileAwareEnv that treats an empty variable as not set, and knows what was read, each with its default."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # the library has no types
        self.read: dict[str, Any] = {}

    def get_value(self, var: Any, *args: Any, **kwargs: Any) -> Any:
        self.read[str(var)] = kwargs.get("default", args[1] if len(args) > 1 else None)
        if os.environ.get(str(var), None) == "":
            del os.environ[str(var)]
        return super().get_value(var, *args, **kwargs)


def model_uses(env: Env) -> dict[str, str]:
    """How far each use of the model goes; all but selecting is off until somebody has measured it on their messages."""
    named = dict(each.partition(":")[::2] for each in env.list("HANDRAIL_MODEL_USES", default=["select"]))
    uses = {use.strip(): mode.strip() or "on" for use, mode in named.items()}
    if unknown := sorted(use for use, mode in uses.items() if use not in USES or mode not in MODES):
        raise ImproperlyConfigured(
            f"HANDRAIL_MODEL_USES says {', '.join(unknown)}; it is some of {', '.join(USES)}, each alone or with "
            ":shadow behind it, like select,understand:shadow."
        )
    return uses


def model_price(env: Env) -> tuple[float, float]:
    """What a million tokens cost, read and written."""
    told = env.list("HANDRAIL_MODEL_PRICE", default=["0", "0"])
    try:
        read, written = map(float, told)
    except ValueError as error:
        raise ImproperlyConfigured(
            "HANDRAIL_MODEL_PRICE is two prices of a million tokens, read and written, like 0.15,0.60."
        ) from error
    return read, written


def proxies(env: Env) -> list[str]:
    """Addresses and networks of proxies; anything else would be a name that nothing resolves."""
    named: list[str] = [name.strip() for name in env.list("HANDRAIL_TRUSTED_PROXIES", default=[])]
    for name in named:
        try:
            ipaddress.ip_network(name)
        except ValueError as error:
            raise ImproperlyConfigured(
                f"HANDRAIL_TRUSTED_PROXIES takes addresses and networks like 10.0.0.1 or 10.0.0.0/24: {error}."
            ) from error
    return named


def key_lists(env: Env) -> dict[str, dict[str, Any]]:
    """{site: {url, private}}: where the public keys of each site's sign-in are, and the networks they may be in."""
    raw = env.str("HANDRAIL_IDENTITY_JWKS", default="")
    try:
        said = json.loads(raw) if raw else {}
        return {str(site): _key_list(each) for site, each in said.items()}
    except (ValueError, AttributeError, TypeError, KeyError) as error:
        raise ImproperlyConfigured(
            'HANDRAIL_IDENTITY_JWKS must be JSON like {"site": "https://login.example/jwks.json"}, or, for one inside, '
            f'{{"site": {{"url": "http://10.0.0.7/jwks", "private": ["10.0.0.7/32"]}}}}: {error!r}.'
        ) from error


def _key_list(said: Any) -> dict[str, Any]:
    """One of them. Raises ValueError, KeyError, TypeError."""
    url, private = (said, []) if isinstance(said, str) else (said["url"], said.get("private", []))
    place = urlsplit(url)
    for network in private:
        ipaddress.ip_network(network)
    if not place.hostname or place.username or place.scheme not in ("https", *(["http"] if private else [])):
        raise ValueError(f"{url} is no address of a list; use https:")
    return {"url": url, "private": list(private)}


def database(env: Env, home: Path) -> dict[str, Any]:
    """The database that DATABASE_URL names; SQLite in the home without it. Raises ImproperlyConfigured for others."""
    pooler = env.bool("HANDRAIL_TRANSACTION_POOLER", default=False)
    found: dict[str, Any] = env.db_url("DATABASE_URL", default=f"sqlite:///{home / 'handrail.sqlite3'}")
    if found["ENGINE"].endswith("sqlite3"):
        return {
            **found,
            "CONN_MAX_AGE": None,
            "OPTIONS": SQLITE_OPTIONS,
            "TEST": {"NAME": str(home / "test.sqlite3")},
        }
    if not found["ENGINE"].endswith("postgresql"):
        raise ImproperlyConfigured(
            f"DATABASE_URL names {found['ENGINE']}; Handrail runs on sqlite:// and postgres:// only."
        )
    pool = {
        "min_size": 2,
        "max_size": 24 if env.str("HANDRAIL_MODEL", default="") else 8,  # who waits for a model holds one meanwhile
        "timeout": DATABASE_PATIENCE,
        "reconnect_timeout": 1,  # then whoever comes next tries again; left alone, the pool tries ever more seldom
    }
    options = {"pool": pool, "connect_timeout": DATABASE_PATIENCE, "tcp_user_timeout": 1_000 * DATABASE_PATIENCE}
    return {
        **found,
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,  # a server that was restarted is noticed before a customer's message meets it
        "DISABLE_SERVER_SIDE_CURSORS": pooler,
        "OPTIONS": {**options, **found.get("OPTIONS", {})},  # what the address itself says counts, like sslmode
    }
