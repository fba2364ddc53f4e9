# ruff: noqa: E501  a meaning stands in one line, as in the table that is made of it
"""The reference of every setting, made of the settings as they are read: `python -m config.reference > docs/settings.md`.

A variable that `config.settings` reads and nobody has described here stops it, as does one that nothing reads any more.
"""

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent
NONE = "none"

# By subject: what each variable means, and its default where that is made and not written down.
Told = Mapping[str, tuple[str, str]]
GROUPS: Mapping[str, Told] = {
    "Where it runs": {
        "SECRET_KEY": ("Signs and encrypts; with another one second factors, links and webhook secrets are void, unless the old one stands in `SECRET_KEY_FALLBACKS`.", "made for the demo, else required"),
        "SECRET_KEY_FALLBACKS": ("Keys of before, with commas between, that are still believed; see [operations.md](runbook.md#rotate-keys).", ""),
        "HANDRAIL_BASE_URL": ("The address people and customers reach it by; links in mails begin with it.", "`http://localhost:8000`"),
        "ALLOWED_HOSTS": ("Host names it answers to, with commas between.", "`localhost,127.0.0.1,[::1]`"),
        "HANDRAIL_HOME": ("The folder of all data that is in no database of yours.", "`var/` of the checkout"),
        "DEBUG": ("`1` is the demo: known passwords, a demo page, no second factor. Never in production.", "off; on by `make run`"),
        "PORT": ("Where `make run` serves.", "8000"),
        "HOST": ("On which address `make run` listens.", "127.0.0.1"),
        "HANDRAIL_HTTPS_REDIRECT": ("Lead http to https. Behind a proxy that ends TLS, name it in `HANDRAIL_TRUSTED_PROXIES`, or every page leads to itself.", "on where `HANDRAIL_BASE_URL` has https"),
        "HANDRAIL_HSTS_SECONDS": ("For how long browsers keep to https; 0: not at all.", "a year where `HANDRAIL_BASE_URL` has https"),
        "HANDRAIL_TRUSTED_PROXIES": ("Addresses and networks (`10.0.0.0/24`) whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.", ""),
        "LOG_FORMAT": ("`line`, or `json`: an object a line, with request, conversation and turn.", ""),
        "LOG_LEVEL": ("Of what is logged: DEBUG, INFO, WARNING, ERROR.", ""),
    },
    "Its parts, each in this process where its variable is empty": {
        "DATABASE_URL": ("`sqlite:///…` or `postgres://…`.", "SQLite in `HANDRAIL_HOME`"),
        "HANDRAIL_TRANSACTION_POOLER": ("`1` where `DATABASE_URL` leads through a pooler of transactions (pgbouncer).", "off"),
        "REDIS_URL": ("Channel layer and rate limits; needed by more than one web process.", ""),
        "CHROMA_URL": ("A Chroma server for the index; needed by more than one web process.", ""),
        "CHROMA_TOKEN": ("Sent to it as a bearer token, for the door in front of it.", ""),
        "CELERY_BROKER_URL": ("A broker for workers of their own.", ""),
    },
    "The assistant": {
        "HANDRAIL_MODEL": ("A language model by its LangChain `init_chat_model` name, `openai:…` for all that speaks OpenAI's protocol; it chooses by number and writes nothing. `declared`: only models that a site's release names. See [models.md](models.md).", ""),
        "HANDRAIL_MODEL_URL": ("Where it answers.", "the provider's own, or `OPENAI_BASE_URL`"),
        "HANDRAIL_MODEL_KEY": ("Its key, better from a file.", "the provider's own variable (`OPENAI_API_KEY`)"),
        "HANDRAIL_MODEL_USES": ("What it is asked for: `select`, `understand`, `condense`; with `:shadow` behind it asked and compared, not shown.", ""),
        "HANDRAIL_MODEL_CALLS": ("How many calls of each process go on at once.", ""),
        "HANDRAIL_MODEL_QUEUE": ("How many wait for one of those; whoever comes besides is answered by the bot alone.", ""),
        "HANDRAIL_MODEL_TOKENS_CONVERSATION": ("Tokens a day of one conversation; 0: no limit.", ""),
        "HANDRAIL_MODEL_TOKENS_SITE": ("Tokens a day of each site.", ""),
        "HANDRAIL_MODEL_TOKENS_DAY": ("Tokens a day of the whole installation.", ""),
        "HANDRAIL_MODEL_PRICE": ("What a million tokens cost, read and written: `0.40,1.60`.", ""),
        "HANDRAIL_MODEL_COST_SITE": ("Money a day of each site, in the price's currency; 0: no limit.", ""),
        "HANDRAIL_MODEL_COST_DAY": ("Money a day of the whole installation.", ""),
        "OPENAI_BASE_URL": ("Read by some models' own library: where they are.", ""),
        "HANDRAIL_EMBEDDINGS": ("`minilm`, or a LangChain `init_embeddings` name.", ""),
        "HANDRAIL_DEADLINE": ("Seconds until a turn must be settled.", ""),
    },
    "Limits": {
        "HANDRAIL_LIMIT_ADDRESS": ("Frames of each kind a minute from one address: messages, new conversations, ratings and so on, each by itself; five times as many of what a widget sends by itself. 0: none. The button is never counted.", ""),
        "HANDRAIL_LIMIT_CONVERSATION": ("The same of one conversation.", ""),
        "HANDRAIL_LIMIT_SOCKETS": ("Open chat sockets of one address, counted by each web process; 0: no limit.", ""),
    },
    "Files from customers": {
        "HANDRAIL_SCAN": ("A command that looks at a file, whose path is put behind it: ends with 0 to let it pass, with 1 not to. `clamdscan --no-summary --fdpass`, for example. Without one no file is taken; see [widget.md](widget.md#files-to-people).", "none"),
        "HANDRAIL_ATTACHMENTS": ("The folder they are kept in, the same one for all web processes; no web server may serve it.", "`attachments` under `HANDRAIL_HOME`"),
    },
    "Customers who are signed in, and your own systems": {
        "HANDRAIL_IDENTITY_KEYS": ('`{"site": {"kid": "secret of 32 characters or more"}}`: with what your site signs who a customer is.', "one for the demo, else none"),
        "HANDRAIL_IDENTITY_JWKS": ('`{"site": "https://login.example/jwks.json"}`: where the public keys (EdDSA, RS256) are that your sign-in signs with; see [identity.md](identity.md).', "none"),
        "HANDRAIL_TOOL_VARIABLES": ("Variables that connections of tools may read, besides those that begin with `TOOL_`; see [tools.md](tools.md).", ""),
        "SHOP_URL": ("The demo shop's order service; `make run` starts one where it is empty.", ""),
        "SHOP_KEY": ("Its key.", ""),
    },
    "The record and how it does": {
        "HANDRAIL_ANCHORS": ("Where the head of each chain is written once a day, with commas between: the whole path of a file, an e-mail address, `webhook` (the site's own endpoints); see [operations.md](operations.md#the-record).", ""),
        "HANDRAIL_METRICS_TOKEN": ("Who shows it as a bearer token may read `/metrics`; without one only this machine may, and no proxy's request. A proxy on this machine that adds no header at all looks like this machine: set the token.", ""),
    },
    "Mail": {
        "EMAIL_URL": ("`smtp+tls://user:password@host:587`; `consolemail://` prints mails, `filemail:///folder` keeps them. Without it nobody gets an invitation.", ""),
        "DEFAULT_FROM_EMAIL": ("From whom mails are: invitations, alerts, letters to customers.", ""),
    },
    "How people sign in": {
        "HANDRAIL_SECOND_FACTOR": ("Roles that sign in with a second factor: `all`, `none`, or some of `agent,content_owner,release_owner,auditor,admin`; see [operations.md](operations.md#signing-in).", "`all`; of the demo `none`"),
        "HANDRAIL_SESSION_HOURS": ("Hours after which everybody signs in again.", ""),
        "HANDRAIL_SESSION_IDLE": ("Minutes without a request after which they do.", ""),
        "HANDRAIL_OIDC_ISSUER": ("The sign-in provider (OpenID Connect); with it the next two.", ""),
        "HANDRAIL_OIDC_CLIENT_ID": ("How the provider knows this installation.", ""),
        "HANDRAIL_OIDC_SECRET": ("And its secret there.", ""),
        "HANDRAIL_OIDC_NAME": ("What the button says.", ""),
        "HANDRAIL_OIDC_SCOPES": ("What is asked for.", ""),
        "HANDRAIL_OIDC_CLAIM": ("In which claim groups stand.", ""),
        "HANDRAIL_OIDC_GROUPS": ('`{"group": {"site": "role"}}`, or a list of roles.', ""),
        "HANDRAIL_OIDC_SECOND_FACTOR": ("`provider`: who came by it is not asked to set one up here.", ""),
    },
}  # fmt: skip
ELSEWHERE = frozenset({"PORT", "HOST", "OPENAI_BASE_URL"})
"""Read where they are used, not by the settings."""

HEAD = """# Settings

Environment variables, each with a default that works; an empty one counts as not set. Each may also come from a file named by `NAME_FILE`
(but {elsewhere}). This page is made by `python -m config.reference`, and a test holds it against the settings.

What belongs to one site (hours, contact, wording, bars, who answers for what) is no variable: it stands on the site's page in
the admin, or in `site.yaml`. The first account is made with `manage.py createsuperuser`; roles are given with
`manage.py grant SITE USER=ROLE` or under "People".
"""


def told() -> dict[str, tuple[str, str]]:
    """Every described variable."""
    return {name: said for group in GROUPS.values() for name, said in group.items()}


def page() -> str:
    """The page, as it should stand in the docs. Raises LookupError where settings and descriptions differ."""
    from config.settings import env

    if differing := (set(env.read) | ELSEWHERE) ^ set(told()):
        raise LookupError(f"config.settings and config.reference differ in: {', '.join(sorted(differing))}.")
    lines = [HEAD.format(elsewhere=", ".join(f"`{name}`" for name in sorted(ELSEWHERE)))]
    for title, group in GROUPS.items():
        lines += [f"## {title}\n", "| variable | default | |", "|---|---|---|", *_rows(group, env.read), ""]
    return "\n".join(lines)


def _rows(group: Told, read: Mapping[str, object]) -> Iterator[str]:
    for name, (meaning, default) in group.items():
        yield f"| `{name}` | {default or _shown(read.get(name))} | {meaning} |"


def _shown(default: object) -> str:
    if isinstance(default, list | tuple):
        default = ",".join(map(str, default))
    if isinstance(default, float) and default.is_integer():
        default = int(default)
    return f"`{default}`" if default not in (None, "", "{}") else NONE


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("HANDRAIL_BUILD", "1")
    sys.stdout.write(page())
