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

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent


class Env(environ.FileAwareEnv):
    """FileAwareEnv that treats an empty variable as not set."""

    def get_value(self, var: Any, *args: Any, **kwargs: Any) -> Any:
        if os.environ.get(str(var), None) == "":
            del os.environ[str(var)]
        return super().get_value(var, *args, **kwargs)


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
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
HANDRAIL_BASE_URL = env.str("HANDRAIL_BASE_URL", default=f"http://localhost:{os.environ.get('PORT') or 8000}").rstrip(
    "/"
)
CSRF_TRUSTED_ORIGINS = [HANDRAIL_BASE_URL]
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HANDRAIL_BASE_URL.startswith("https://")

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
    "sites.apps.SitesConfig",
    "knowledge",
    "conversations",
    "release",
    "escalation",
    "chatbot",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
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
            ]
        },
    }
]

# ── The record ────────────────────────────────────────────────────────────────────────────────────────────────
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536;",
}


def _database() -> dict[str, Any]:
    database: dict[str, Any] = env.db_url("DATABASE_URL", default=f"sqlite:///{HANDRAIL_HOME / 'handrail.sqlite3'}")
    if database["ENGINE"].endswith("sqlite3"):
        return {
            **database,
            "CONN_MAX_AGE": None,
            "OPTIONS": SQLITE_OPTIONS,
            "TEST": {"NAME": str(HANDRAIL_HOME / "test.sqlite3")},
        }
    if not database["ENGINE"].endswith("postgresql"):
        raise ImproperlyConfigured(
            f"DATABASE_URL names {database['ENGINE']}; Handrail runs on sqlite:// and postgres:// only."
        )
    return {**database, "CONN_MAX_AGE": 0, "OPTIONS": {"pool": {"min_size": 2, "max_size": 8}}}


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# ── The parts: each in this process when its variable is empty ────────────────────────────────────────────────
REDIS_URL = env.str("REDIS_URL", default="")
CHROMA_URL = env.str("CHROMA_URL", default="")
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
BOT = "chatbot.bot"
ERASERS = ("escalation.privacy.erase", "release.privacy.erase")  # what the rooms above `conversations` keep of words
HANDRAIL_MODEL = env.str("HANDRAIL_MODEL", default="")
HANDRAIL_EMBEDDINGS = env.str("HANDRAIL_EMBEDDINGS", default="minilm")
HANDRAIL_DEADLINE = env.float("HANDRAIL_DEADLINE", default=12.0)  # seconds from RECORD until a turn must be settled
HANDRAIL_LIMIT_ADDRESS = env.int("HANDRAIL_LIMIT_ADDRESS", default=60)
HANDRAIL_LIMIT_CONVERSATION = env.int("HANDRAIL_LIMIT_CONVERSATION", default=20)
HANDRAIL_TRUSTED_PROXIES = env.list("HANDRAIL_TRUSTED_PROXIES", default=[])
HANDRAIL_METRICS_TOKEN = env.str("HANDRAIL_METRICS_TOKEN", default="")
SHOP_URL = env.str("SHOP_URL", default="")
SHOP_KEY = env.str("SHOP_KEY", default="")
SHOP_SITE = env.str("SHOP_SITE", default="fernway")  # the one site whose customers the shop knows


def _identity_keys() -> dict[str, dict[str, str]]:
    """{site: {kid: secret}}; the demo makes one key for the sample site and keeps it."""
    raw = env.str("HANDRAIL_IDENTITY_KEYS", default="")
    if not raw:
        return {"fernway": {"demo": hashlib.sha256(f"identity:{SECRET_KEY}".encode()).hexdigest()}} if DEBUG else {}
    try:
        keys = json.loads(raw)
        assert all(isinstance(s, str) and len(s) >= 32 for ring in keys.values() for s in ring.values())
    except (ValueError, AttributeError, AssertionError) as error:
        raise ImproperlyConfigured(
            'HANDRAIL_IDENTITY_KEYS must be JSON like {"site": {"kid": "a secret of at least 32 characters"}}.'
        ) from error
    return dict(keys)


HANDRAIL_IDENTITY_KEYS = _identity_keys()

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
LOGIN_URL = "/admin/login/"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend", "sites.roles.RolePermissions"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
DATA_UPLOAD_MAX_NUMBER_FILES = 220  # a folder of 200 articles, and what a computer leaves beside them
FILE_UPLOAD_MAX_MEMORY_SIZE = 250_000  # of one file; so many of them in memory are fewer bytes than Django's own 100
REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
    "PAGE_SIZE": 50,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Handrail",
    "VERSION": "v1",
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="WARNING")},
}
os.environ.setdefault("LANGSMITH_TRACING", "false")
os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")
