"""The one settings file. Everything that differs between stands is read from the environment (`env.py`)."""

import hashlib
import logging
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from freelance_hub import env, logs, schedule

BASE_DIR = Path(__file__).resolve().parent.parent
LOCAL_DIR = BASE_DIR / ".local"  # what a development stand keeps: servers, mails, uploads, built assets

DEBUG = env.flag("DEBUG", default=False)
PUBLIC_URL = env.text("PUBLIC_URL", "http://localhost:8000" if DEBUG else "https://localhost").rstrip("/")
IS_HTTPS = PUBLIC_URL.startswith("https://")
BEHIND_PROXY = env.flag("BEHIND_PROXY", default=False)
OUTGOING_LOOPBACK = DEBUG  # whether addresses that people type in may lead to this machine, see outgoing.py
SECRET_KEY = (
    env.text("SECRET_KEY", hashlib.sha256(str(BASE_DIR).encode()).hexdigest())
    if DEBUG
    else env.required("SECRET_KEY", why="it signs sessions and links; make one with `openssl rand -base64 48`.")
)
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")
# Wraps the data keys of sensitive fields; lose it and those fields are lost.
MASTER_KEY = env.text("MASTER_KEY", hashlib.sha256(f"master:{SECRET_KEY}".encode()).hexdigest())
HAS_OWN_MASTER_KEY = bool(env.text("MASTER_KEY"))
MASTER_KEY_FALLBACKS = env.words("MASTER_KEY_FALLBACKS")
# Documents are sealed with a key derived from MASTER_KEY, or with one's own from a PKCS#12 file.
SEAL_PKCS12_FILE = env.text("SEAL_PKCS12_FILE", "")  # a path: the file is binary
SEAL_PKCS12_PASSWORD = env.text("SEAL_PKCS12_PASSWORD", "")
SEAL_FORMER_CERTIFICATES = env.text("SEAL_FORMER_CERTIFICATES", "")  # PEM: seals of these stay genuine
ALLOWED_HOSTS = [
    *dict.fromkeys(
        [
            urlsplit(PUBLIC_URL).hostname or "localhost",
            *env.words("ALLOWED_HOSTS", "localhost 127.0.0.1" if DEBUG else ""),
        ]
    )
]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

INSTALLED_APPS = [
    "analytics",
    "workflows",
    "talent",
    "programs",
    "freelance_hub.apps.HubConfig",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "csp",
    "django_htmx",
    "django_structlog",
    "rest_framework",
    "drf_spectacular",
]

MIDDLEWARE = [
    "freelance_hub.middleware.health",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "freelance_hub.metrics.middleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "freelance_hub.middleware.tenancy",
]

ROOT_URLCONF = "freelance_hub.urls"
WSGI_APPLICATION = "freelance_hub.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "freelance_hub.context_processors.shell",
            ],
            "builtins": ["freelance_hub.templatetags.hub"],
        },
    }
]


# Database: three roles, see docs/operations.md. `default` is the web and worker role, bound by row-level security.
def _database(url: str) -> dict[str, object]:
    """A postgres:// URL as a Django database entry; `?host=/socket/dir` names a socket."""
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "freelance_hub.tenancy.backend",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", None) or parts.hostname or "",
        "PORT": str(parts.port or options.pop("port", "") or ""),
        "OPTIONS": options,
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
    }


DATABASE_URL = env.text("DATABASE_URL") or "postgres://fh_app@localhost/hub"
OWNER_DATABASE_URL = env.text("OWNER_DATABASE_URL") or DATABASE_URL.replace("//fh_app", "//fh_owner", 1)
PLATFORM_DATABASE_URL = env.text("PLATFORM_DATABASE_URL") or DATABASE_URL.replace("//fh_app", "//fh_platform", 1)
IS_OWNER = env.text("FH_DATABASE_ROLE", "app") == "owner"  # migrations run as the owner of the tables
DATABASES = {
    "default": _database(OWNER_DATABASE_URL if IS_OWNER else DATABASE_URL),
    "platform": {**_database(PLATFORM_DATABASE_URL), "TEST": {"MIRROR": "default"}},
}
DATABASE_ROUTERS = ["freelance_hub.tenancy.routers.PlatformRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

BROKER_URL = env.text("BROKER_URL") or "redis://localhost:6379/0"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": BROKER_URL.replace("redis+socket://", "unix://"),
        "KEY_PREFIX": "fh",
        "OPTIONS": {
            "socket_connect_timeout": 2,
            "socket_timeout": 2,
        },  # sign-in asks it: a dead one must not hang pages
    }
}
CELERY_BROKER_URL = BROKER_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 2, "interval_start": 0, "interval_step": 0.1, "interval_max": 0.2}
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 15.0
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = schedule.SCHEDULE
CELERY_BEAT_SCHEDULE_FILENAME = env.text("SCHEDULER_STATE", str(LOCAL_DIR / "beat"))

# Workflows: a worker that is silent this long loses its step; hints never outnumber the workers.
WORKFLOW_LEASE_SECONDS = env.number("WORKFLOW_LEASE_SECONDS", 60)
WORKFLOW_WORKERS = env.number("WORKFLOW_WORKERS", 4)
WORKFLOW_STUCK_HOURS = env.number("WORKFLOW_STUCK_HOURS", 24)

AUTH_USER_MODEL = "hub.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "freelance_hub.signin.AccountAdapter"
SOCIALACCOUNT_ADAPTER = "freelance_hub.openid.SocialAccountAdapter"
MFA_ADAPTER = "freelance_hub.signin.MfaAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False  # ends all sessions but this one
ACCOUNT_LOGIN_ON_PASSWORD_RESET = (
    True  # the way in for somebody whose account is being guessed at; asks the second factor
)
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900
# Per address of the caller and per account; `signin.AccountAdapter` counts devices that the person has used apart.
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "20/m/ip,10/5m/key", "reset_password": "20/m/ip,5/m/key"}
ALLAUTH_TRUSTED_PROXY_COUNT = int(BEHIND_PROXY)  # whom the limits count: the proxy's caller, not the proxy
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if IS_HTTPS else "http"
ACCOUNT_EMAIL_NOTIFICATIONS = (
    True  # "your password was changed", "an authenticator was added": the owner should hear of it
)
MFA_TOTP_TOLERANCE = 1  # phones' clocks are half a minute off; a code still works only once
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_HTTPS  # passkeys on a development machine
MFA_TOTP_ISSUER = "Freelance Hub"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False  # never link a foreign sign-in by its e-mail alone; `openid.py` has the rule
SOCIALACCOUNT_AUTO_SIGNUP = True
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"  # the company's provider has vouched for the address
USERSESSIONS_TRACK_ACTIVITY = False  # five queries and a write for every page; the list shows when a session began
INVITATION_HOURS = 72

SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
CSRF_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = IS_HTTPS and env.flag("SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$", r"^metrics$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IS_HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "img-src": [SELF, "data:"],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(LOCAL_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static" / "public"]  # the rest of static/ is source: see assets.py
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "freelance_hub.assets.BuiltAssetsFinder",
]
MEDIA_ROOT = Path(env.text("MEDIA_ROOT", str(LOCAL_DIR / "media")))  # outside the web root; served only through access
UPLOAD_MAX_BYTES = env.number("UPLOAD_MAX_BYTES", 25 * 1024 * 1024)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG

DEFAULT_FROM_EMAIL = env.text("MAIL_FROM", "Freelance Hub <no-reply@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
MAIL_URL = env.text("MAIL_URL", "")  # smtp://user:password@host:587; empty: mails are written to .local/mail
if MAIL_URL:
    _mail = urlsplit(MAIL_URL)
    if _mail.scheme not in {"smtp", "smtps"}:
        msg = "MAIL_URL must begin with smtp:// (STARTTLS) or smtps:// (TLS)."
        raise ImproperlyConfigured(msg)
    EMAIL_HOST, EMAIL_PORT = _mail.hostname or "localhost", _mail.port or 587
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_mail.username or ""), unquote(_mail.password or "")
    EMAIL_USE_TLS, EMAIL_USE_SSL, EMAIL_TIMEOUT = _mail.scheme == "smtp", _mail.scheme == "smtps", 10
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = LOCAL_DIR / "mail"

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"
FORMS_URLFIELD_ASSUME_HTTPS = True  # Django 6's default; silences its transitional warning
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

METRICS_TOKEN = env.text("METRICS_TOKEN", "")
LOGGING = logs.configuration(json=env.flag("LOG_JSON", default=not DEBUG), level=env.text("LOG_LEVEL", "INFO"))
DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG  # one line a request: its end
DJANGO_STRUCTLOG_CELERY_TASK_START_LOG_LEVEL = logging.DEBUG
DJANGO_STRUCTLOG_USER_ID_FIELD = "pk"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["freelance_hub.api.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["freelance_hub.api.permissions.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser", "rest_framework.parsers.MultiPartParser"],
    "DEFAULT_PAGINATION_CLASS": "freelance_hub.api.paging.KeysetPagination",
    "DEFAULT_SCHEMA_CLASS": "freelance_hub.api.schema.HubSchema",
    "DEFAULT_THROTTLE_CLASSES": ["freelance_hub.api.throttling.TokenThrottle"],
    "EXCEPTION_HANDLER": "freelance_hub.api.problems.handle",
    "DEFAULT_VERSIONING_CLASS": None,
    "COERCE_DECIMAL_TO_STRING": True,
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Freelance Hub API",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "freelance_hub.api.schema.add_problem",
    ],
    "ENUM_NAME_OVERRIDES": {
        "AssignmentState": "talent.models.Assignment.State",
        "FreelancerState": "talent.models.Freelancer.State",
        "InvoiceState": "talent.models.Invoice.State",
        "JobState": "freelance_hub.models.Job.State",
        "ProgramState": "programs.models.Program.State",
        "RequisitionState": "talent.models.Requisition.State",
        "StepState": "workflows.models.Step.State",
        "WorkState": "talent.models.work.WorkState",
        "WorkspaceState": "programs.models.Workspace.State",
    },
}
SILENCED_SYSTEM_CHECKS: list[str] = []
