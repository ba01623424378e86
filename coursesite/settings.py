"""The only settings file; everything that differs between installations is read from the environment.

Without DATABASE_URL the embedded PostgreSQL and Valkey are used (`manage.py up`), and only then may the
secret key be one that was made on this machine.
"""

import os
from pathlib import Path
from typing import Any

import environ
from celery.schedules import crontab
from django.templatetags.static import static
from kombu import Queue

from coursesite.embedded import paths

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent
EMBEDDED = "DATABASE_URL" not in os.environ
urls = paths.urls() if EMBEDDED else None

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or (paths.secret_key() if EMBEDDED else "")
# Signs receipts: 32 bytes as base64. Without it one is made in the data folder, which every process must share.
RECEIPT_KEY = env.str("RECEIPT_KEY", default="")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SITE_URL = env.str("SITE_URL", default="http://127.0.0.1:8000")
# The proxy sets X-Forwarded-Proto and X-Request-Start itself, whatever the client sent.
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
HTTPS = env.bool("HTTPS", default=SITE_URL.startswith("https:"))

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "coursesite.roster.admin_config.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "rest_framework",
    "rest_framework.authtoken",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "pgtrigger",
    "pghistory",
    "django_htmx",
    "coursesite.look",
    "coursesite.embedded",
    "coursesite.files",
    "coursesite.roster",
    "coursesite.schedule",
    "coursesite.handin",
    "homework",
    "projects",
    "grading",
    "coursesite.coursefile",
    "coursesite.home",
    "coursesite.demo",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "coursesite.roster.asking.WhoAsks",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "coursesite.look.middleware.headers",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "coursesite.files.middleware.took_in",
    "coursesite.look.middleware.unwritable",
    "pghistory.middleware.HistoryMiddleware",
]

# Who changed something is of interest only where something changes; reading costs no look at the session.
PGHISTORY_MIDDLEWARE_METHODS = ("POST", "PUT", "PATCH", "DELETE")

WSGI_APPLICATION = "coursesite.wsgi.application"
ROOT_URLCONF = "coursesite.urls"
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
            ],
        },
    },
]


def database() -> dict[str, Any]:
    if urls:
        return {
            "NAME": "coursesite",
            "USER": "coursesite",
            "HOST": str(paths.sockets()),
        }
    return dict(env.db_url("DATABASE_URL"))


# Persistent connections: opening one for each request costs more than most pages.
DATABASES = {
    "default": database() | {"ENGINE": "coursesite.sql.backend", "CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}
}
# PostgreSQL's JIT compiles the gradebook's queries longer than it runs them.
DATABASES["default"]["OPTIONS"] = {"options": "-c jit=off", **DATABASES["default"].get("OPTIONS", {})}
# Each connection plans what every page asks once. A pooler that gives each transaction another connection must do
# without.
PREPARED_STATEMENTS = env.bool("PREPARED_STATEMENTS", default=True)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

BROKER_URL = env.str("REDIS_URL", default=urls.broker if urls else "redis://127.0.0.1:6379/0")
CELERY_BROKER_URL = BROKER_URL
CELERY_TASK_IGNORE_RESULT = True
# Two queues that a worker serves in turn: a grade, a letter or a team never waits behind a hundred previews.
CELERY_TASK_QUEUES = [Queue("celery"), Queue("files")]
CELERY_TASK_ROUTES = {"coursesite.files.tasks.*": {"queue": "files"}}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_TIME_LIMIT = 600
# An edit must not wait for a broker that is down: the reconciler finds the work later.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_connect_timeout": 1,
    "socket_timeout": 5,
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
}

# Sign-ins are counted by all web processes together, beside the queues; other caches there are none.
CACHES = {
    "default": {
        "BACKEND": "coursesite.roster.counting.Shared",
        "LOCATION": BROKER_URL.replace("redis+socket://", "unix://"),
        "KEY_PREFIX": "coursesite",
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
    }
}

# What a lost message, a dead worker or a broker that was down left undone is found by these.
CELERY_BEAT_SCHEDULE = {
    "compute what is stale": {"task": "grading.tasks.reconcile", "schedule": 10.0},
    "close what is over": {"task": "grading.tasks.write_missing", "schedule": 60.0},
    "release what was planned": {"task": "grading.tasks.release_due", "schedule": 60.0},
    "send letters": {"task": "coursesite.roster.tasks.send_waiting", "schedule": 60.0},
    # One of them is enough, however long the worker was away.
    "look into files": {
        "task": "coursesite.files.tasks.inspect_waiting",
        "schedule": 30.0,
        "options": {"expires": 30.0},
    },
    "compare works": {"task": "homework.tasks.compare_waiting", "schedule": 60.0},
    "put photos together": {"task": "coursesite.handin.tasks.bind_waiting", "schedule": 30.0},
    "form teams that wait": {"task": "projects.tasks.form_waiting", "schedule": 30.0},
    "forget sessions that are over": {
        "task": "coursesite.roster.tasks.clear_sessions",
        "schedule": crontab(hour="4", minute="0"),
    },
    "sweep uploads that broke off": {"task": "coursesite.files.tasks.sweep", "schedule": 3600.0},
}

AUTH_USER_MODEL = "roster.User"
AUTHENTICATION_BACKENDS = ["coursesite.roster.asking.Accounts"]
SESSION_ENGINE = "coursesite.roster.asking"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
CSRF_FAILURE_VIEW = "coursesite.look.views.csrf_failure"
ACCOUNT_ADAPTER = "coursesite.roster.adapter.ClosedSignUp"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
# A whole class signs in from one address of the campus, shortly before a deadline; guesses are held by account, though
# not so tightly that a few of them keep its owner out then.
ACCOUNT_RATE_LIMITS = {
    "login": "300/m/ip",
    "login_failed": "60/m/ip,20/300s/key",
    "reset_password": "100/m/ip,5/m/key",
    "reset_password_from_key": "100/m/ip",
}
# No mail to people who have no account: anybody could have us write to anybody.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
# Else everybody behind the proxy would share its address, and whoever guesses would keep all others out.
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if BEHIND_PROXY else 0

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS and env.bool("HTTPS_REDIRECT", default=True)
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SESSION_COOKIE_SAMESITE = "Lax"

LANGUAGE_CODE = "en"
USE_TZ = True
FORMAT_MODULE_PATH = ["coursesite.formats"]
TIME_ZONE = "UTC"

STATIC_URL = "static/"
STATIC_ROOT = env.path("STATIC_ROOT", default=str(BASE_DIR / "static-root")).__str__()
# Embedded: straight from the packages, nothing to collect first.
WHITENOISE_USE_FINDERS = EMBEDDED
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if EMBEDDED
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

DATA_DIR = paths.data()
FILES_ROOT = DATA_DIR / "files"
INCOMING_ROOT = DATA_DIR / "incoming"
PREVIEWS_ROOT = DATA_DIR / "previews"
UPLOAD_MAX_BYTES = env.int("UPLOAD_MAX_BYTES", default=100 * 1024 * 1024)
UPLOAD_MAX_FILES = env.int("UPLOAD_MAX_FILES", default=20)
# Of one set by one student or team, else a script could fill the disk.
UPLOAD_MAX_VERSIONS = env.int("UPLOAD_MAX_VERSIONS", default=100)
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_HANDLERS = ["coursesite.files.uploads.StreamToDisk"]
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
# So many photos, a notebook beside them, and some too many for the form itself to say so.
DATA_UPLOAD_MAX_NUMBER_FILES = UPLOAD_MAX_FILES + 20

# Embedded: mail is written to files of the data folder, so no real person's address receives anything.
EMAIL_BACKEND = (
    "django.core.mail.backends.filebased.EmailBackend" if EMBEDDED else "django.core.mail.backends.smtp.EmailBackend"
)
EMAIL_FILE_PATH = DATA_DIR / "mail"
if not EMBEDDED:
    vars().update(env.email_url("EMAIL_URL", default="consolemail://"))
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="coursesite@localhost")

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.SessionAuthentication",
        "rest_framework.authentication.TokenAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": [
        "coursesite.api.parsers.Json",
        "rest_framework.parsers.FormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.LimitOffsetPagination",
    "PAGE_SIZE": 100,
    "COERCE_DECIMAL_TO_STRING": True,
    "EXCEPTION_HANDLER": "coursesite.api.views.refuse",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Coursesite",
    "VERSION": "1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "COMPONENT_SPLIT_REQUEST": True,
}
UNFOLD = {
    "SITE_TITLE": "Coursesite",
    "SITE_HEADER": "Coursesite",
    "SHOW_HISTORY": True,
    "SITE_URL": "/",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("look/icon.svg")}],
    "COLORS": {
        "primary": {
            "50": "#fdf2f4",
            "100": "#fbe5e8",
            "200": "#f6c8cf",
            "300": "#ee9ca8",
            "400": "#e06478",
            "500": "#c22b46",
            "600": "#8f0a26",
            "700": "#7a0019",
            "800": "#650016",
            "900": "#540014",
            "950": "#30000b",
        }
    },
    "BORDER_RADIUS": "6px",
    "STYLES": [lambda request: static("look/admin.css")],
    "SCRIPTS": [lambda request: static("look/admin.js")],
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
}
