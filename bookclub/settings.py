"""One file, read from top to bottom; machines differ by their environment. Every variable has a line in .env.example."""

from urllib.parse import urlsplit

import django
from csp.constants import NONE, SELF

from bookclub import environment as read
from bookclub.environment import BASE_DIR, env, setting

# --- what this installation is -------------------------------------------------------------------------------------

DEBUG = setting("DEBUG", env.bool, False, put="1 or 0")
SECRET_KEY = setting("SECRET_KEY", read.secret_key, put="at least 50 random characters")
SECRET_KEY_FALLBACKS = setting(
    "SECRET_KEY_FALLBACKS", env.list, [], put="keys that were used before, with commas between,"
)
DATA_DIR = setting("DATA_DIR", read.folder, "var", put="a folder that this process may write to")
PORT = setting("PORT", read.port, 8000, put="a port number from 1 to 65535")
SITE_URL = setting(
    "SITE_URL", read.site_url, f"http://localhost:{PORT}", put="the site's address, such as https://club.example.org,"
)
SITE_HOST = urlsplit(SITE_URL).hostname
IS_HTTPS = SITE_URL.startswith("https:")
ALLOWED_HOSTS = setting(
    "ALLOWED_HOSTS",
    read.hosts,
    [SITE_HOST] if IS_HTTPS else [SITE_HOST, "localhost", "127.0.0.1", "[::1]"],
    put="the host names that the site answers to, with commas between,",
)
TRUSTED_PROXY_COUNT = setting(
    "TRUSTED_PROXY_COUNT", read.count, 0, put="how many proxies stand in front of the site, from 0 to 9,"
)

# --- what it stands on ---------------------------------------------------------------------------------------------

DATABASES = {
    "default": setting(
        "DATABASE_URL",
        read.database,
        f"sqlite:///{DATA_DIR}/db.sqlite3",
        put="an address such as postgres://user:password@host/name",
    )
}
if "sqlite3" in DATABASES["default"]["ENGINE"]:
    # IMMEDIATE: writers queue instead of failing; FULL: what was promised survives a power cut.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
else:
    DATABASES["default"] |= {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# A table in the database: all processes share it, on however many machines.
CACHES = {
    "default": setting("CACHE_URL", env.dj_cache_url, "db://cache", put="an address such as redis://localhost:6379/0")
}
if "DatabaseCache" in CACHES["default"]["BACKEND"]:
    # Django's 300 would let a robot push the counts of its own tries out; a chore deletes those that are over.
    CACHES["default"]["OPTIONS"] = {"MAX_ENTRIES": 100_000}

email = setting(
    "EMAIL_URL", read.mail, "bookclub.mail.FolderBackend", put="an address such as submission://user:password@host"
)
ANYMAIL = email.pop("ANYMAIL", {})
# What the provider signs its reports with. Without it there is no address for them.
EMAIL_WEBHOOK = setting("EMAIL_WEBHOOK_KEY", read.webhook_key, {}, put="the key that your provider signs with")
ANYMAIL |= EMAIL_WEBHOOK
if django.VERSION >= (6, 1):
    MAILERS = {"default": read.as_mailer(email)}
else:
    # vars() and not a name each: what dj-email-url gives is already named as Django 5.2 names it.
    vars().update(email)
DEFAULT_FROM_EMAIL = setting(
    "DEFAULT_FROM_EMAIL", read.sender, f"bookclub@{SITE_HOST}", put="the sender of our mail, such as club@example.org,"
)
SERVER_EMAIL = DEFAULT_FROM_EMAIL
EMAIL_PER_SECOND = setting("EMAIL_PER_SECOND", read.rate, 0, put="how many mails a worker may send in a second,")
# Mail to this address is handed to `manage.py receive_mail`: reports of what came back, and who wants to leave.
INBOUND_EMAIL = setting("INBOUND_EMAIL", read.address, "", put="an address such as letters@club.example.org")

OPEN_LIBRARY_URL = setting(
    "OPEN_LIBRARY_URL", read.other_site, "https://openlibrary.org", put="an address such as https://openlibrary.org"
)
OPEN_LIBRARY_COVERS_URL = setting(
    "OPEN_LIBRARY_COVERS_URL",
    read.other_site,
    "https://covers.openlibrary.org",
    put="an address such as https://covers.openlibrary.org",
)
# Covers lie at the Internet Archive, on one of its many machines.
OPEN_LIBRARY_REDIRECT_HOSTS = setting(
    "OPEN_LIBRARY_REDIRECT_HOSTS", read.domains, [".archive.org"], put="host names, such as .archive.org,"
)

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "media/"
MEDIA_ROOT = DATA_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "bookclub.staticfiles.MinifiedStorage"
    },
}
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["jpg", "jpeg", "png", "webp", "woff2"]
FILE_UPLOAD_PERMISSIONS = 0o644
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000  # the review of a pasted document: up to 8 for each of 600 pieces

# --- the application -----------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "bookclub",
    "members",
    "books",
    "meetups",
    "newsletter",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "bookclub.apps.DeskConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
    "django.forms",
    "simple_history",
    "csp",
    *(["anymail"] if ANYMAIL else []),
]
MIDDLEWARE = [
    "bookclub.middleware.headers",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "bookclub.middleware.ClubMiddleware",
    "bookclub.addresses.old_addresses",
]
ROOT_URLCONF = "bookclub.urls"
WSGI_APPLICATION = "bookclub.wsgi.application"
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
                "bookclub.context_processors.site",
            ],
            "builtins": ["bookclub.templatetags.bookclub"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

LANGUAGE_CODE = setting("LANGUAGE_CODE", read.language, "en-gb", put="a language code such as en-gb")
TIME_ZONE = setting("TIME_ZONE", read.time_zone, "Europe/London", put="a time zone such as Europe/London")
USE_TZ = True

# --- who may come in -----------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "members.Member"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
SESSION_COOKIE_AGE = 60 * 24 * 60 * 60  # from one meetup to the next but one, without another code
ACCOUNT_ADAPTER = "members.adapter.Adapter"
ACCOUNT_FORMS = {
    "reauthenticate": "members.forms.ReauthenticateForm",
    "add_email": "members.forms.AddEmailForm",
    "confirm_email_verification_code": "members.forms.NewAddressCodeForm",
    "change_password": "members.forms.ChangePasswordForm",
    "set_password": "members.forms.SetPasswordForm",
    "reset_password": "members.forms.ResetPasswordForm",
    "reset_password_from_key": "members.forms.ResetPasswordKeyForm",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = ACCOUNT_EMAIL_VERIFICATION_BY_CODE_MAX_ATTEMPTS = 3
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_LOGIN_TIMEOUT = 60 * 60  # longer, so that the page can say that a code has run out
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
# Beside allauth's own. None by the address alone where it would keep its owner out as well.
ACCOUNT_RATE_LIMITS = {
    "request_login_code": "20/m/ip",
    "guess_code": "60/15m/ip,30/15m/key",
    "confirm_email": "1/3m/key",
    "take_out": "5/5m/user",
}
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT

MFA_ADAPTER = "members.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_FORMS = {"add_webauthn": "members.forms.AddPasskeyForm"}
MFA_ALLOW_UNVERIFIED_EMAIL = True  # in by a password alone are those whose accounts an organiser has made
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_HTTPS  # localhost
STAFF_NEEDS_SECOND_FACTOR = setting("STAFF_NEEDS_SECOND_FACTOR", env.bool, False, put="1 or 0")

# Nobody else is asked who somebody is, unless these are named; then by their name's ID and secret.
SOCIAL_LOGIN = setting("SOCIAL_LOGIN", read.social_login, [], put="google or github, or both with a comma between,")
if SOCIAL_LOGIN:
    INSTALLED_APPS += ["allauth.socialaccount", *(f"allauth.socialaccount.providers.{name}" for name in SOCIAL_LOGIN)]
    SOCIALACCOUNT_ADAPTER = "members.social.SocialAdapter"
    SOCIALACCOUNT_PROVIDERS = {
        name: {
            "APPS": [
                {
                    "client_id": setting(
                        f"{name.upper()}_CLIENT_ID", read.words, put=f"the client ID that {name} gave"
                    ),
                    "secret": setting(f"{name.upper()}_SECRET", read.words, put=f"the secret that {name} gave"),
                }
            ],
            "SCOPE": {"google": ["profile", "email"], "github": ["user:email"]}[name],
            "OAUTH_PKCE_ENABLED": True,
        }
        for name in SOCIAL_LOGIN
    }

# --- what leaves with every response -------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        # For no script, there is none: Lighthouse reads robots.txt under the page's own policy.
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "bookclub.desk.resume.csrf_failure"
CSRF_TRUSTED_ORIGINS = [SITE_URL]
if IS_HTTPS:
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 31_536_000
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
    # A club's site may not decide for the other hosts of its domain.
    SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
if TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    # Strangers who knock with a wrong host name get their 400 and no line in the log.
    "loggers": {"django.security.DisallowedHost": {"level": "CRITICAL"}},
}
