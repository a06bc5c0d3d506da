"""Django's settings, derived from signalcast.core.env and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dj_database_url

from signalcast.core.env import environment
from signalcast.core.home import home, secret_file, subdirectory
from signalcast.core.providers import allauth_providers
from signalcast.core.sqlite import PRAGMAS
from signalcast.core.subscripts import allow_subscripts

allow_subscripts()

_env = environment()

DEBUG = _env.debug
SECRET_KEY = _env.secret_key or secret_file("secret.key")
ALLOWED_HOSTS = [host.strip() for host in _env.allowed_hosts.split(",") if host.strip()]
CSRF_TRUSTED_ORIGINS = [_env.public_url] if _env.public_url else []

INSTALLED_APPS = [
    "signalcast.cli",  # first: its collectstatic is the one that counts
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "signalcast.work",
    "signalcast.shop",
    "signalcast.accounts",
    "signalcast.feeds",
    "signalcast.channels",
    "signalcast.plans",
    "signalcast.payments",
    "signalcast.support",
    "signalcast.intake",
    "signalcast.signals",
    "signalcast.delivery",
    "signalcast.live",
    "signalcast.api",
    "signalcast.portal",
    "signalcast.ops",
    "signalcast.ops.health",
    "signalcast.ops.alerts",
    "signalcast.ops.queues",
    "allauth",  # last: our templates come before theirs
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "signalcast.portal.entrance.apps.SocialAccounts",
    "allauth.socialaccount.providers.openid_connect",
    "signalcast.ops.back_office.apps.Looks",  # its templates come before those of Django's admin
    "signalcast.ops.back_office.apps.Frame",
]

MIDDLEWARE = [
    "signalcast.ops.metrics.measure_request.measure_request",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "signalcast.portal.look_as.look_as",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "signalcast.portal.sign_in_again.sign_in_again",
    "allauth.account.middleware.AccountMiddleware",
    "signalcast.portal.entrance.second_factor.staff_has_two",
    "signalcast.portal.look_as.LookOnly",
]

ROOT_URLCONF = "signalcast.urls"
WSGI_APPLICATION = "signalcast.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "signalcast.shop.context.shop",
            ],
            # Of Django's admin, which is no app of its own here: see signalcast/ops/back_office.
            "libraries": {
                name: f"django.contrib.admin.templatetags.{name}"
                for name in ("admin_list", "admin_modify", "admin_urls", "log")
            },
        },
    }
]


def _database() -> dict[str, Any]:
    """SQLite in the home, or what DATABASE_URL says, each with what makes it safe for us."""
    url = _env.database_url or f"sqlite:///{home() / 'signalcast.sqlite3'}"
    config: dict[str, Any] = dict(
        dj_database_url.parse(url, conn_max_age=600, conn_health_checks=True)
    )
    options = config.setdefault("OPTIONS", {})
    if "sqlite3" in config["ENGINE"]:
        config["ENGINE"] = "signalcast.core.sqlite"
        # Writers must take the lock when they begin: a lock taken later can't be waited for.
        options |= {"transaction_mode": "IMMEDIATE", "init_command": PRAGMAS, "timeout": 10}
        # Statements that stay prepared: bulk inserts have one for each number of rows.
        options["cached_statements"] = 256
        config["TEST"] = {"NAME": home() / "test.sqlite3"}
    elif "postgresql" in config["ENGINE"]:
        options |= {"connect_timeout": 1, "application_name": "signalcast"}
    elif "mysql" in config["ENGINE"]:
        config["TEST"] = {"CHARSET": "utf8mb4", "COLLATION": "utf8mb4_bin"}
        options |= {
            "charset": "utf8mb4",
            "connect_timeout": 1,
            "init_command": "SET time_zone='+00:00'",
            "isolation_level": "read committed",
        }
    return config


DATABASES = {"default": _database()}
CACHES = {"default": {"BACKEND": "signalcast.core.shared_cache.SharedCache"}}

# allauth has constraints under a condition, which MariaDB leaves out; its code asks by itself too.
SILENCED_SYSTEM_CHECKS = ["models.W036"]

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["signalcast.accounts.hasher.PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "account_login"

ACCOUNT_ADAPTER = "signalcast.portal.entrance.adapter.Adapter"
ACCOUNT_FORMS = {
    "login": "signalcast.portal.entrance.forms.SignInForm",
    "signup": "signalcast.portal.entrance.forms.SignUpForm",
    "reset_password": "signalcast.portal.entrance.forms.ResetForm",
    "reset_password_from_key": "signalcast.portal.entrance.forms.NewPasswordForm",
    "confirm_password_reset_code": "signalcast.portal.entrance.forms.ResetCodeForm",
    "confirm_email_verification_code": "signalcast.portal.entrance.forms.EmailCodeForm",
    "add_email": "signalcast.portal.entrance.forms.ChangeEmailForm",
    "change_password": "signalcast.portal.entrance.forms.ChangePasswordForm",
    "set_password": "signalcast.portal.entrance.forms.SetPasswordForm",
    "reauthenticate": "signalcast.portal.entrance.forms.OnceMoreForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SESSION_REMEMBER = True
# Codes and no links: they hold whatever host a request names, and on whichever device mail is read.
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 900
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_METHODS = ["password", "mfa"]
MFA_ADAPTER = "signalcast.portal.entrance.second_factor.SecondFactor"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_FORMS = {
    "authenticate": "signalcast.portal.entrance.forms.SecondFactorForm",
    "reauthenticate": "signalcast.portal.entrance.forms.SecondFactorAgainForm",
    "activate_totp": "signalcast.portal.entrance.forms.ActivateAppForm",
    "login_webauthn": "signalcast.portal.entrance.forms.SignInByPasskeyForm",
    "authenticate_webauthn": "signalcast.portal.entrance.forms.PasskeyForm",
    "reauthenticate_webauthn": "signalcast.portal.entrance.forms.PasskeyAgainForm",
    "add_webauthn": "signalcast.portal.entrance.forms.AddPasskeyForm",
}
SOCIALACCOUNT_ADAPTER = "signalcast.portal.entrance.providers.Providers"
SOCIALACCOUNT_PROVIDERS = allauth_providers()
# By a link: a form may lead to this site alone, says the policy of web servers in front.
SOCIALACCOUNT_LOGIN_ON_GET = True
SOCIALACCOUNT_FORMS = {"signup": "signalcast.portal.entrance.forms.ProviderSignUpForm"}
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Signalcast"
MFA_TOTP_TOLERANCE = 1
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _env.public_url.startswith("https://")

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("es", "Español"), ("ru", "Русский")]
USE_I18N = True
LOCALE_PATHS = [Path(__file__).parent / "locale"]

FILE_UPLOAD_HANDLERS = [
    "signalcast.core.upload_limit.UploadLimit",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

UNFOLD = {
    "SITE_TITLE": "Signalcast",
    "SITE_HEADER": "Signalcast",
    "SITE_SYMBOL": "diamond",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": "signalcast.ops.back_office.site.icon"}
    ],
    "SHOW_HISTORY": False,
    "SIDEBAR": {"show_search": True},
    # The accent of our own pages, from light to dark.
    "COLORS": {
        "primary": {
            "50": "#eef3ff", "100": "#dbe6ff", "200": "#bfd2ff", "300": "#a3c0ff",
            "400": "#8ab0ff", "500": "#4f7ff0", "600": "#2456d6", "700": "#1e48b4",
            "800": "#1a3c94", "900": "#173372", "950": "#0d1e47",
        },
    },
}  # fmt: skip

STATIC_PATH = "/static/"
STATIC_URL = _env.static_cdn_url.rstrip("/") + STATIC_PATH
STATIC_ROOT = subdirectory("static")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "signalcast.core.static_files.StaticFiles"},
}
WHITENOISE_STATIC_PREFIX = STATIC_PATH  # a CDN asks for it here, wherever browsers ask the CDN
WHITENOISE_AUTOREFRESH = False
#: Plain names too, from the packages: for code that nobody has collected files of.
WHITENOISE_USE_FINDERS = True
#: Seconds that a browser keeps a file whose name says nothing of its content.
WHITENOISE_MAX_AGE = 60
#: A name made of content never means another content; also those of earlier releases.
WHITENOISE_IMMUTABLE_FILE_TEST = r"^.+\.[0-9a-f]{12}\.[^/]+$"

LOGGING_CONFIG = None
