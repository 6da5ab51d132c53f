"""Every setting, read from the environment in this file and nowhere else.

README's table lists the variables in the order of this file; a test keeps the two equal.
"""

import hashlib
import ipaddress
import re
from datetime import timedelta
from pathlib import Path

import dj_database_url

from kmarket import dev_chain, embedded, redis_retry
from kmarket.env import (
    Misconfigured,
    env_bool,
    env_int,
    env_key,
    env_list,
    env_secret,
    env_str,
)
from kmarket.postgres import servers

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = "0.1.0"

# --- Server ----------------------------------------------------------------------------------
BIND_ADDR = env_str("BIND_ADDR", "127.0.0.1")
BIND_PORT = env_int("BIND_PORT", 8080, least=0, most=65535)
# Web processes of `make run`.
WORKERS = env_int("WORKERS", 1, least=1, most=64)
DEBUG = env_bool("DEBUG", default=False)
# Requests that one process works on at once; each may hold a database connection.
REQUEST_THREADS = env_int("REQUEST_THREADS", 8, least=1)
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS") or ["*"]
# People come by https, through a proxy of ours: cookies are for that alone, and plain requests are
# sent there.
TLS = env_bool("TLS", default=False)
LOG_LEVEL = env_str("LOG_LEVEL", "INFO").upper()
# `text` for people, `json` for programs; empty: json in production.
LOG_FORMAT = env_str("LOG_FORMAT").lower()
if LOG_FORMAT not in {"", "text", "json"}:
    raise Misconfigured(f"LOG_FORMAT={LOG_FORMAT!r} is unknown: set it to `text` or `json`.")
try:
    # Whose X-Forwarded-For and -Proto are believed. Anybody else's are ignored.
    TRUSTED_PROXIES = tuple(ipaddress.ip_network(net) for net in env_list("TRUSTED_PROXIES"))
except ValueError as exc:
    raise Misconfigured(f"TRUSTED_PROXIES: {exc}. List networks such as 10.0.0.0/8.") from None

# --- Data ------------------------------------------------------------------------------------
DATA_DIR = Path(env_str("KMARKET_DATA_DIR", str(BASE_DIR / ".data"))).resolve()
DATABASE_URL = env_str("DATABASE_URL")
# Past a pooler in transaction mode, for the locks that live as long as their connection.
DATABASE_DIRECT_URL = env_str("DATABASE_DIRECT_URL", DATABASE_URL)
# A streaming replica, for some heavy reads (kmarket.replica); empty: there is none.
DATABASE_REPLICA_URL = env_str("DATABASE_REPLICA_URL")
if DATABASE_REPLICA_URL and not DATABASE_URL:
    raise Misconfigured("DATABASE_REPLICA_URL is set and DATABASE_URL is not: a replica of what?")
DATABASE_POOL_MAX = env_int("DATABASE_POOL_MAX", 16, least=4)
DATABASE_STATEMENT_TIMEOUT_MS = env_int("DATABASE_STATEMENT_TIMEOUT_MS", 30_000)
# How long a statement waits for one lock that somebody else holds.
DATABASE_LOCK_TIMEOUT_MS = env_int("DATABASE_LOCK_TIMEOUT_MS", 10_000)
REDIS_URL = env_str("REDIS_URL", embedded.redis_url(DATA_DIR))

# Somebody chose a database and no debugging: this is meant to be production.
PRODUCTION = bool(DATABASE_URL) and not DEBUG

# --- Watching --------------------------------------------------------------------------------
# Where each process answers /metrics: apart from what the public reaches. Port 0: nowhere.
METRICS_ADDR = env_str("METRICS_ADDR", "127.0.0.1")
METRICS_PORT = env_int("METRICS_PORT", 0, least=0, most=65535)
# Whoever asks must bring it, where it is set: `Authorization: Bearer …`.
METRICS_TOKEN = env_str("METRICS_TOKEN")
# Where errors are reported; empty: nowhere.
SENTRY_DSN = env_str("SENTRY_DSN")
SENTRY_ENVIRONMENT = env_str("SENTRY_ENVIRONMENT", "production")

# --- Sign-in ---------------------------------------------------------------------------------
JWT_SECRET = env_secret("JWT_SECRET", kept_in=None if PRODUCTION else DATA_DIR)
JWT_ISS = env_str("JWT_ISS", "kmarket")
JWT_AUD = env_str("JWT_AUD", "kmarket")
JWT_EXP_DAYS = env_int("JWT_EXP_DAYS", 7, least=1, most=365)
# Signs the admin's cookies. Derived, so that there is one secret to keep.
SECRET_KEY = hashlib.sha256(b"django cookies: " + JWT_SECRET.encode()).hexdigest()
# Hosts that an EIP-4361 message may name as the one it signs in to.
SIWE_DOMAINS = env_list("SIWE_DOMAINS") or [
    f"127.0.0.1:{BIND_PORT}",
    f"localhost:{BIND_PORT}",
    "kmarket.com",
]

# --- Limits ----------------------------------------------------------------------------------
RATE_LIMIT = env_bool("RATE_LIMIT", default=True)
RATE_PER_SECOND = 10
RATE_BURST = 20
BODY_MAX_BYTES = 64 * 1024
# Of a batch of prices or a file of matches.
BULK_MAX_BYTES = 8 * 1024 * 1024

# --- The book --------------------------------------------------------------------------------
TOKEN_SYMBOL = env_str("TOKEN_SYMBOL", "USDT")
TOKEN_DECIMALS = env_int("TOKEN_DECIMALS", 18, most=36)
STAKE_MIN = env_int("STAKE_MIN", 1, least=1)
# 0: no maximum.
STAKE_MAX = env_int("STAKE_MAX", 0)
# Results, voids and corrections wait for a second operator. Commands act at once.
SETTLEMENT_FOUR_EYES = env_bool("SETTLEMENT_FOUR_EYES", default=False)

# --- The feed --------------------------------------------------------------------------------
WS_REPLAY_LIMIT = env_int("WS_REPLAY_LIMIT", 300, least=1)
# Connections to one process, of a user and of an address. 0: any number.
WS_PER_USER_MAX = env_int("WS_PER_USER_MAX", 20)
WS_PER_ADDRESS_MAX = env_int("WS_PER_ADDRESS_MAX", 500)
# Compressed frames: a third more CPU and 43 KiB for each connection.
WS_DEFLATE = env_bool("WS_DEFLATE", default=False)

# Odds and the list of active markets are answered before Django where a process knows them. Off:
# the same answers, slower.
HOT_READS = env_bool("HOT_READS", default=True)
# A feed that says nothing for so long suspends the markets that it has priced. 0: never.
FEED_SILENT_SECONDS = env_int("FEED_SILENT_SECONDS", 60)

# --- The chain -------------------------------------------------------------------------------
# What `make run` starts beside the rest: `dev`, a chain of its own.
CHAIN = env_str("CHAIN")
if CHAIN not in {"", "dev"}:
    raise Misconfigured(f"CHAIN={CHAIN!r} is unknown: set it to `dev`, or leave it unset.")
CHAIN_DEV_PORT = env_int("CHAIN_DEV_PORT", 8545, least=1, most=65535)
# None: no chain; nothing of it runs or is imported.
CHAIN_RPC_URLS = env_list("CHAIN_RPC_URLS")
CHAIN_ID = env_int("CHAIN_ID", dev_chain.CHAIN_ID if CHAIN else 56, least=1)
CHAIN_CONTRACT = env_str("CHAIN_CONTRACT").lower()
# The block in which the contract was deployed.
CHAIN_START_BLOCK = env_int("CHAIN_START_BLOCK", 0)
CHAIN_FINALITY = env_str("CHAIN_FINALITY", "finalized")
CHAIN_PROFILE = BASE_DIR / env_str("CHAIN_PROFILE", "chain/odds_market.profile.json")
CHAIN_POLL_MS = env_int("CHAIN_POLL_MS", 500, least=10)
CHAIN_RECONCILE_SECONDS = env_int("CHAIN_RECONCILE_SECONDS", 300, least=1)
if CHAIN:
    if CHAIN_RPC_URLS or CHAIN_CONTRACT or CHAIN_ID != dev_chain.CHAIN_ID:
        raise Misconfigured(
            "CHAIN=dev brings its own node and contract, on chain 31337: leave CHAIN_RPC_URLS,"
            " CHAIN_CONTRACT and CHAIN_ID unset."
        )
    # From its deployment on. Until then there is none.
    if _deployed := dev_chain.deployed(DATA_DIR):
        CHAIN_RPC_URLS = [f"http://127.0.0.1:{CHAIN_DEV_PORT}"]
        CHAIN_CONTRACT, CHAIN_START_BLOCK = _deployed.contract, _deployed.block
if CHAIN_RPC_URLS and not re.fullmatch(r"0x[0-9a-f]{40}", CHAIN_CONTRACT):
    raise Misconfigured(
        f"CHAIN_CONTRACT={CHAIN_CONTRACT!r} is no address: with CHAIN_RPC_URLS it must be 0x and"
        " 40 hex digits. For a vault alone deploy OddsMarket.sol all the same: without pools it"
        " costs nothing."
    )
if CHAIN_FINALITY != "finalized" and not re.fullmatch(r"[0-9]{1,9}", CHAIN_FINALITY):
    raise Misconfigured(
        f"CHAIN_FINALITY={CHAIN_FINALITY!r} is neither `finalized` nor a number of confirmations."
    )

# --- The vault -------------------------------------------------------------------------------
# None: no vault; money comes in by operators' credits alone.
VAULT_CONTRACT = env_str("VAULT_CONTRACT").lower()
# The block in which it was deployed.
VAULT_START_BLOCK = env_int("VAULT_START_BLOCK", 0)
# Signs vouchers. Read by whoever signs, and there alone.
VAULT_SIGNER_KEY = env_key(
    "VAULT_SIGNER_KEY", path=str(dev_chain.signer_key(DATA_DIR)) if CHAIN else ""
)
# For how long a voucher is good.
VAULT_VOUCHER_SECONDS = env_int("VAULT_VOUCHER_SECONDS", 3600, least=60, most=30 * 24 * 3600)
VAULT_WITHDRAW_MIN = env_int("VAULT_WITHDRAW_MIN", 1, least=1)
# What one user may take out within 24 hours; 0: no maximum.
VAULT_WITHDRAW_DAILY_MAX = env_int("VAULT_WITHDRAW_DAILY_MAX", 0)
# Above this, with what the user took out within 24 hours without them, a withdrawal waits until two
# operators release it; 0: none does.
VAULT_RELEASE_ABOVE = env_int("VAULT_RELEASE_ABOVE", 0)
if CHAIN:
    if VAULT_CONTRACT:
        raise Misconfigured("CHAIN=dev brings its own vault: leave VAULT_CONTRACT unset.")
    if _deployed and _deployed.vault:
        VAULT_CONTRACT, VAULT_START_BLOCK = _deployed.vault, _deployed.vault_block
if VAULT_CONTRACT and not re.fullmatch(r"0x[0-9a-f]{40}", VAULT_CONTRACT):
    raise Misconfigured(f"VAULT_CONTRACT={VAULT_CONTRACT!r} is no address: 0x and 40 hex digits.")
if VAULT_CONTRACT and not CHAIN_RPC_URLS:
    raise Misconfigured("VAULT_CONTRACT is set and CHAIN_RPC_URLS is not: which chain is it on?")

# --- The live page ---------------------------------------------------------------------------
# At /. Off: nothing is there, and front ends of others ask the API.
LIVE_PAGE = env_bool("LIVE_PAGE", default=True)
# Built from clients/live: the page, and in the folder `live` what it loads.
LIVE_DIR = BASE_DIR / "clients" / "live" / "dist"

# --- Demo and health -------------------------------------------------------------------------
# Not in production: its seed makes an operator, and its faucet makes money.
DEMO = env_bool("DEMO", default=not PRODUCTION)
DEMO_FEED = env_bool("DEMO_FEED", default=True)
READYZ_SKIP_PING = env_bool("READYZ_SKIP_PING", default=False)

# --- Cross-origin ----------------------------------------------------------------------------
CORS_ALLOWED_ORIGINS = ["https://kmarket.com", *env_list("CORS_EXTRA_ORIGINS")]
CORS_ALLOWED_ORIGIN_REGEXES = [r"^http://(127\.0\.0\.1|localhost)(:\d+)?$"]
CORS_ALLOW_HEADERS = [
    "accept",
    "authorization",
    "content-type",
    "idempotency-key",
    "if-none-match",
    "x-idempotency-key",
    "x-request-id",
]
CORS_EXPOSE_HEADERS = [
    "etag",
    "idempotency-replayed",
    "ratelimit-limit",
    "ratelimit-remaining",
    "ratelimit-reset",
    "retry-after",
    "x-request-id",
]

# --- Django ----------------------------------------------------------------------------------
ROOT_URLCONF = "kmarket.urls"
ASGI_APPLICATION = "kmarket.asgi.application"
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
APPEND_SLASH = False
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = env_str("LANGUAGE_CODE", "en")
# An operator's cookie ends with the session beside it (accounts.operators).
CSRF_FAILURE_VIEW = "console.middleware.stale_form"
SESSION_COOKIE_AGE = JWT_EXP_DAYS * 24 * 3600
# Moments as they are compared: the same in every language.
FORMAT_MODULE_PATH = "console.formats"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
STATIC_URL = "static/"
# Served from the packages' own folders: `make run` needs no collectstatic.
WHITENOISE_USE_FINDERS = True
STATICFILES_DIRS = [("live", LIVE_DIR / "live")]
# These have a hash of what is in them in their name.
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/live/.+-[\w-]{8}\.\w+$"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = TLS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if TLS else 0
# Asked from within, where there is no TLS.
SECURE_REDIRECT_EXEMPT = [r"^api/v1/(healthz|readyz)$"]
# Whether other hosts below this one's name speak TLS, and whether browsers are born knowing it, is
# for the name's owner to say, in the proxy.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
# The request body is limited in kmarket.limits, where the answer has the one error shape.
DATA_UPLOAD_MAX_MEMORY_SIZE = None

INSTALLED_APPS = [
    # Before Django's admin, whose templates it extends.
    "console",
    "console.apps.ConsoleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    # Before staticfiles, whose runserver it replaces.
    "kmarket",
    "django.contrib.staticfiles",
    "corsheaders",
    "rest_framework",
    # The files of the API's page.
    "drf_spectacular_sidecar",
    "channels",
    "accounts",
    "markets",
    "betting",
    "chain",
    "trading",
    "vault",
    "oddsfeed",
    "telemetry",
]
MIDDLEWARE = [
    "kmarket.requests.RequestId",
    "kmarket.policy.ApiPolicy",
    "console.middleware.ConsolePolicy",
    "console.middleware.ConsoleRefusals",
    "django.middleware.security.SecurityMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "kmarket.limits.Limits",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "console.middleware.ConsoleLanguage",
    "django.middleware.http.ConditionalGetMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "console.middleware.ConsoleSession",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
DATABASES = {
    "default": servers.primary(
        dj_database_url.parse(DATABASE_URL)
        if DATABASE_URL
        else embedded.database_settings(DATA_DIR),
        pool_max=DATABASE_POOL_MAX,
        statement_ms=DATABASE_STATEMENT_TIMEOUT_MS,
        lock_ms=DATABASE_LOCK_TIMEOUT_MS,
    ),
    **servers.replica(DATABASE_REPLICA_URL, pool_max=DATABASE_POOL_MAX),
}
_REDIS_OPTIONS = {
    # redis-py's own defaults wait about 4 s before they say that the server is gone.
    "SOCKET_CONNECT_TIMEOUT": 0.5,
    "SOCKET_TIMEOUT": 0.5,
    "CONNECTION_POOL_KWARGS": {"retry": redis_retry.OnceMore()},
}
CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": _REDIS_OPTIONS,
    }
}
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        # Without a time-out: redis-py 8 ends an idle blocking read after 5 s otherwise, and
        # every idle socket with it.
        "CONFIG": {"hosts": [{"address": REDIS_URL, "socket_timeout": None}]},
    }
}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.access.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.access.IsUser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["kmarket.api_fields.StrictJSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "kmarket.api_fields.AlwaysJSON",
    "DEFAULT_PAGINATION_CLASS": "kmarket.pages.Pages",
    "EXCEPTION_HANDLER": "kmarket.errors.exception_handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(days=JWT_EXP_DAYS),
    "ALGORITHM": "HS256",
    "SIGNING_KEY": JWT_SECRET,
    "ISSUER": JWT_ISS,
    "AUDIENCE": JWT_AUD,
    # A token's times are the database's, and it says whether the session is over. What this host's
    # own clock says of them is no reason to refuse anybody.
    "LEEWAY": timedelta(days=1),
    "USER_ID_CLAIM": "sub",
    "TOKEN_TYPE_CLAIM": None,
    "AUTH_TOKEN_CLASSES": ["accounts.tokens.SessionToken"],
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "context": {"()": "kmarket.logs.ContextFilter"},
        "not_utf8": {"()": "kmarket.server.NotUtf8Filter"},
    },
    "formatters": {"text": {"()": "kmarket.logs.Text"}, "json": {"()": "kmarket.logs.Json"}},
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "filters": ["context"],
            "formatter": LOG_FORMAT or ("json" if PRODUCTION else "text"),
        }
    },
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    # Every refused request is answered with its reason; it is not news for the log.
    "loggers": {
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        "uvicorn.error": {"filters": ["not_utf8"]},
        # Below an error it tells every packet, tokens included.
        "oddsfeed.socketio": {"level": "ERROR"},
        # Tells each attempt of an outage; who is refused is told, and the log with it.
        "psycopg.pool": {"level": "ERROR"},
        # Tells whole URLs, and a node's may hold its key.
        "urllib3": {"level": "ERROR"},
    },
}
