"""Every setting, in one file, from environment variables with working defaults; a bad value stops the start.

Each variable NAME may also come from a file named by NAME_FILE (for mounted secrets).
"""

import hashlib
import json
import os
import secrets
import sys
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from config.environment import Env, database, key_lists, model_price, model_uses, proxies
from sites.core import foreign

BASE_DIR = Path(__file__).resolve().parent.parent

# Turns run side by side; threads of the matrix library would only spin beside them. Read when numpy is first imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


env = Env()

TESTING = "pytest" in sys.modules
HANDRAIL_HOME = Path(env.str("HANDRAIL_HOME", default=str(BASE_DIR / "var"))).resolve()
if TESTING:
    HANDRAIL_HOME /= f"test-{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
HANDRAIL_HOME.mkdir(parents=True, exist_ok=True)
DEBUG = env.bool("DEBUG", default=False)


def _secret_key() -> str:
    """The SECRET_KEY named by the environment; for the demo and the tests one that is made once and kept."""
    if key := env.str("SECRET_KEY", default=""):
        return str(key)
    if not (DEBUG or TESTING or os.environ.get("HANDRAIL_BUILD")):
        raise ImproperlyConfigured(
            "SECRET_KEY is not set. Set SECRET_KEY or SECRET_KEY_FILE, or start the demo with `make run`."
        )
    kept = HANDRAIL_HOME / "secret_key"
    if not kept.exists():
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_urlsafe(50))
    return kept.read_text().strip()


SECRET_KEY = _secret_key()
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
HANDRAIL_BASE_URL = env.str("HANDRAIL_BASE_URL", default=f"http://localhost:{os.environ.get('PORT') or 8000}").rstrip(
    "/"
)
CSRF_TRUSTED_ORIGINS = [HANDRAIL_BASE_URL]
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
HTTPS = HANDRAIL_BASE_URL.startswith("https://") and not DEBUG
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HANDRAIL_BASE_URL.startswith("https://")
SECURE_SSL_REDIRECT = env.bool("HANDRAIL_HTTPS_REDIRECT", default=HTTPS)
SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$", "^metrics$"]  # asked on this machine, past the proxy
SECURE_HSTS_SECONDS = env.int("HANDRAIL_HSTS_SECONDS", default=31_536_000 if HTTPS else 0)  # a year

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "django_htmx",
    "config.signin",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.mfa",
    "allauth.usersessions",
    "sites.apps.SitesConfig",
    "knowledge",
    "conversations",
    "tools.apps.ToolsConfig",
    "release",
    "escalation",
    "chatbot",
]
MIDDLEWARE = [
    "config.logged.RequestNumber",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.csp.ContentSecurityPolicyMiddleware",
    "config.incoming.ForeignTextMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "config.signin.gate.SignInGate",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "config" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.signin.context.of_page",
            ],
            "libraries": {"rooms": "config.rooms"},
        },
    }
]

# ── The record ────────────────────────────────────────────────────────────────────────────────────────────────
DATABASES = {"default": database(env, HANDRAIL_HOME)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# ── The parts: each in this process when its variable is empty ────────────────────────────────────────────────
REDIS_URL = env.str("REDIS_URL", default="")
if TESTING and REDIS_URL:  # a database for each worker: some tests empty theirs
    _redis, _, _number = REDIS_URL.rpartition("/")
    REDIS_URL = f"{_redis}/{int(_number) + int(os.environ.get('PYTEST_XDIST_WORKER', 'gw0')[2:])}"
CHROMA_URL = env.str("CHROMA_URL", default="")
CHROMA_TOKEN = env.str("CHROMA_TOKEN", default="").strip()
INDEX = "knowledge.index.chroma.Chroma"  # a class with the methods of `knowledge.index.store.Store`
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="")
REDIS_PATIENCE = {"socket_connect_timeout": 1, "socket_timeout": 2}  # seconds
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "config.layers.PatientRedisChannelLayer",
        "CONFIG": {"hosts": [{"address": REDIS_URL, "health_check_interval": 15, **REDIS_PATIENCE}]},
    }
    if REDIS_URL
    else {"BACKEND": "config.layers.SweepingInMemoryChannelLayer"}
}
CACHES = {
    "default": {
        "BACKEND": "config.caches.PatientRedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": REDIS_PATIENCE,
    }
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 100_000}}
}

# ── The bot ───────────────────────────────────────────────────────────────────────────────────────────────────
BOT = "chatbot.decide.bot"
KEPT = (  # which rows the chain answers for, by room
    "conversations.kept",
    "knowledge.editing.kept",
    "release.core.kept",
    "escalation.core.kept",
)
OWN_DATA = ("escalation.privacy.own",)  # what the rooms above `conversations` keep of a person, for them
HOLDS = ("escalation.privacy.held", "release.privacy.held")  # conversations that somebody there still needs
ERASERS = (
    "tools.privacy.erase",
    "escalation.privacy.erase",
    "release.privacy.erase",
)  # what the rooms above `conversations` keep of words
TOOLS_PAUSED = "release.live.permits.tools_paused"  # whether a change that was approved may run
TOOLS_LIVE = "release.live.snapshot.live"  # what the live release of a site declares
SITE_DOUBTS = ("release.gate.false_alarms.of_site",)  # what the rooms above `sites` say of signals that were changed
HANDRAIL_MODEL = env.str("HANDRAIL_MODEL", default="")


HANDRAIL_MODEL_USES = model_uses(env)
HANDRAIL_MODEL_URL = env.str("HANDRAIL_MODEL_URL", default="").strip()
HANDRAIL_MODEL_KEY = env.str("HANDRAIL_MODEL_KEY", default="").strip()
HANDRAIL_MODEL_CALLS = env.int("HANDRAIL_MODEL_CALLS", default=8)  # at once, from each process
HANDRAIL_MODEL_QUEUE = env.int("HANDRAIL_MODEL_QUEUE", default=8)  # that wait for one of those
HANDRAIL_MODEL_TOKENS_CONVERSATION = env.int("HANDRAIL_MODEL_TOKENS_CONVERSATION", default=0)  # a day; 0: no limit
HANDRAIL_MODEL_TOKENS_SITE = env.int("HANDRAIL_MODEL_TOKENS_SITE", default=0)
HANDRAIL_MODEL_TOKENS_DAY = env.int("HANDRAIL_MODEL_TOKENS_DAY", default=0)
HANDRAIL_MODEL_COST_SITE = env.float("HANDRAIL_MODEL_COST_SITE", default=0.0)  # in the price's currency
HANDRAIL_MODEL_COST_DAY = env.float("HANDRAIL_MODEL_COST_DAY", default=0.0)


HANDRAIL_MODEL_PRICE = model_price(env)
HANDRAIL_EMBEDDINGS = env.str("HANDRAIL_EMBEDDINGS", default="minilm")
HANDRAIL_DEADLINE = env.float("HANDRAIL_DEADLINE", default=12.0)  # seconds from RECORD until a turn must be settled
HANDRAIL_LIMIT_ADDRESS = env.int("HANDRAIL_LIMIT_ADDRESS", default=60)
HANDRAIL_LIMIT_CONVERSATION = env.int("HANDRAIL_LIMIT_CONVERSATION", default=20)
HANDRAIL_LIMIT_SOCKETS = env.int("HANDRAIL_LIMIT_SOCKETS", default=200)
HANDRAIL_SCAN = env.str("HANDRAIL_SCAN", default="").strip()  # what looks at a customer's file; none, no files
HANDRAIL_ATTACHMENTS = env.str("HANDRAIL_ATTACHMENTS", default=str(HANDRAIL_HOME / "attachments"))


HANDRAIL_TRUSTED_PROXIES = proxies(env)
HANDRAIL_ANCHORS = env.list("HANDRAIL_ANCHORS", default=[])  # where the head of each chain is written every day
HANDRAIL_METRICS_TOKEN = env.str("HANDRAIL_METRICS_TOKEN", default="").strip()
SHOP_URL = env.str("SHOP_URL", default="")
SHOP_KEY = env.str("SHOP_KEY", default="")
HANDRAIL_TOOL_VARIABLES = frozenset(env.list("HANDRAIL_TOOL_VARIABLES", default=["SHOP_URL", "SHOP_KEY"]))
"""What declared connections may read of the environment, besides what begins with TOOL_: addresses and secrets."""


def _identity_keys() -> dict[str, dict[str, str]]:
    """{site: {kid: secret}}; the demo makes one key for the sample site and keeps it."""
    raw = env.str("HANDRAIL_IDENTITY_KEYS", default="")
    if not raw:
        return {"fernway": {"demo": hashlib.sha256(f"identity:{SECRET_KEY}".encode()).hexdigest()}} if DEBUG else {}
    try:
        keys = json.loads(raw)
        if not all(isinstance(s, str) and len(s) >= 32 for ring in keys.values() for s in ring.values()):
            raise ValueError("a secret is shorter than 32 characters, or none")
    except (ValueError, AttributeError) as error:
        raise ImproperlyConfigured(
            'HANDRAIL_IDENTITY_KEYS must be JSON like {"site": {"kid": "a secret of at least 32 characters"}}.'
        ) from error
    return dict(keys)


HANDRAIL_IDENTITY_KEYS = _identity_keys()
HANDRAIL_IDENTITY_JWKS = key_lists(env)

# ── Who signs in, and how: django-allauth, whose own settings are below ───────────────────────────────────────
HANDRAIL_SESSION_HOURS = env.float("HANDRAIL_SESSION_HOURS", default=12.0)  # at most, from the sign-in on
HANDRAIL_SESSION_IDLE = env.float("HANDRAIL_SESSION_IDLE", default=120.0)  # minutes without a request
ROLES = ("agent", "content_owner", "release_owner", "auditor", "admin")


def _second_factor() -> frozenset[str]:
    """The roles that sign in with a second factor: all of them; of the demo, whose passwords everybody knows, none."""
    asked = env.list("HANDRAIL_SECOND_FACTOR", default=["none"] if DEBUG else ["all"])
    if asked in (["all"], ["none"]):
        return frozenset(ROLES if asked == ["all"] else ())
    if unknown := sorted(set(asked) - set(ROLES)):
        raise ImproperlyConfigured(
            f"HANDRAIL_SECOND_FACTOR names {', '.join(unknown)}; it is all, none, or some of {', '.join(ROLES)}."
        )
    return frozenset(asked)


HANDRAIL_SECOND_FACTOR = _second_factor()
HANDRAIL_OIDC_ISSUER = env.str("HANDRAIL_OIDC_ISSUER", default="").rstrip("/")  # empty: no sign-in provider
HANDRAIL_OIDC_CLIENT_ID = env.str("HANDRAIL_OIDC_CLIENT_ID", default="")
HANDRAIL_OIDC_SECRET = env.str("HANDRAIL_OIDC_SECRET", default="")
HANDRAIL_OIDC_NAME = env.str("HANDRAIL_OIDC_NAME", default="single sign-on")
HANDRAIL_OIDC_SCOPES = env.list("HANDRAIL_OIDC_SCOPES", default=["openid", "profile", "email"])
HANDRAIL_OIDC_CLAIM = env.str("HANDRAIL_OIDC_CLAIM", default="groups")  # in which the provider names groups
HANDRAIL_OIDC_SECOND_FACTOR = env.str("HANDRAIL_OIDC_SECOND_FACTOR", default="here")


def _oidc_groups() -> dict[str, dict[str, list[str]]]:
    """{group: {site: [role, ..]}}; a single role may stand without its list."""
    try:
        read = json.loads(env.str("HANDRAIL_OIDC_GROUPS", default="{}"))
        groups = {g: {s: [r] if isinstance(r, str) else list(r) for s, r in m.items()} for g, m in read.items()}
        if unknown := {role for held in groups.values() for roles in held.values() for role in roles} - set(ROLES):
            raise ValueError(f"{sorted(map(str, unknown))} are no roles")
    except (ValueError, AttributeError, TypeError) as error:
        raise ImproperlyConfigured(
            'HANDRAIL_OIDC_GROUPS must be JSON like {"support": {"site": "agent"}, "leads": {"site": ["admin"]}}, '
            f"with roles of {', '.join(ROLES)}: {error}"
        ) from error
    return groups


HANDRAIL_OIDC_GROUPS = _oidc_groups()
if HANDRAIL_OIDC_ISSUER and not (HANDRAIL_OIDC_CLIENT_ID and HANDRAIL_OIDC_SECRET):
    raise ImproperlyConfigured("HANDRAIL_OIDC_ISSUER is set: HANDRAIL_OIDC_CLIENT_ID and _SECRET are needed too.")
if HANDRAIL_OIDC_SECOND_FACTOR not in ("here", "provider"):
    raise ImproperlyConfigured("HANDRAIL_OIDC_SECOND_FACTOR is here or provider: who asks for the second factor.")

LOGIN_URL = LOGOUT_REDIRECT_URL = "/admin/login/"
LOGIN_REDIRECT_URL = "/admin/"
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",
    "sites.access.roles.RolePermissions",
]
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
SESSION_COOKIE_AGE = int(60 * HANDRAIL_SESSION_IDLE)
ACCOUNT_ADAPTER = "config.signin.accounts.AccountAdapter"
ACCOUNT_AUTHENTICATED_LOGIN_REDIRECTS = False  # whoever may not come in would be sent round and round
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if SESSION_COOKIE_SECURE else "http"
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Handrail: "
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_VERIFICATION = "none"  # an address is proved by the invitation that reached it
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_RATE_LIMITS = {"login": None}  # `login_failed` counts instead: by account and by address, wrong ones only
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900  # seconds
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_USER_DISPLAY = "sites.access.roles.called"
MFA_ADAPTER = "config.signin.factors.FactorAdapter"
MFA_ALLOW_UNVERIFIED_EMAIL = True  # nobody opens an account by themselves
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "Handrail"
MFA_TOTP_TOLERANCE = 1  # steps of 30 s that a phone's clock may be off
SOCIALACCOUNT_ADAPTER = "config.signin.provider.ProviderAdapter"
SOCIALACCOUNT_LOGIN_ON_GET = True  # a form that ends at another origin is stopped by our own policy for pages
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "APPS": [
            {
                "provider_id": "provider",
                "name": HANDRAIL_OIDC_NAME,
                "client_id": HANDRAIL_OIDC_CLIENT_ID,
                "secret": HANDRAIL_OIDC_SECRET,
                "settings": {
                    "server_url": HANDRAIL_OIDC_ISSUER,
                    "scope": HANDRAIL_OIDC_SCOPES,
                    "oauth_pkce_enabled": True,
                },
            }
        ]
        if HANDRAIL_OIDC_ISSUER
        else []
    }
}

# ── Mail, language, files, API ────────────────────────────────────────────────────────────────────────────────
vars().update(env.email_url("EMAIL_URL", default="consolemail://"))
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="handrail@localhost")
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = HANDRAIL_HOME / "static"
STATIC_ROOT.mkdir(exist_ok=True)
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
DATA_UPLOAD_MAX_MEMORY_SIZE = foreign.MOST
DATA_UPLOAD_MAX_NUMBER_FILES = 520  # a folder of 500 files, and what a computer leaves beside them
FILE_UPLOAD_MAX_MEMORY_SIZE = 250_000  # of one file; so many of them in memory are fewer bytes than Django's own 100
REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "sites.access.bearer.ScopedToken",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": [
        "config.incoming.JSONParser",
        "config.incoming.FormParser",
        "rest_framework.parsers.MultiPartParser",  # whose fields the middleware has read
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "config.rest.Pages",
    "DEFAULT_FILTER_BACKENDS": ["config.rest.Filters"],
    "EXCEPTION_HANDLER": "config.rest.refusal",
    "PAGE_SIZE": 50,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "config.rest.documented"],
    "TITLE": "Handrail",
    "VERSION": "v1",
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAdminUser"],
}
LOG_FORMAT = env.str("LOG_FORMAT", default="line")
if LOG_FORMAT not in ("line", "json"):
    raise ImproperlyConfigured("LOG_FORMAT is line or json: how what is logged is written.")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
        "json": {"()": "sites.core.logs.Json"},
    },
    "filters": {"seldom": {"()": "sites.core.logs.Seldom"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT, "filters": ["seldom"]}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="WARNING")},
    "loggers": {"sites.people.signins": {"level": "INFO"}},  # sign-ins that went well, too
}
os.environ.setdefault("LANGSMITH_TRACING", "false")
os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")
