"""Settings for all machines; differences come from environment variables, which .env.example lists."""

from urllib.parse import quote, urlsplit

from csp.constants import NONE, SELF

from bookclub import environment
from bookclub.environment import BASE_DIR, env, get_setting
from bookclub.error_reports import start_error_reports

# --- installation --------------------------------------------------------------------------------------------------

DEBUG = get_setting("DEBUG", env.bool, False, put="1 or 0")
SECRET_KEY = get_setting("SECRET_KEY", environment.read_secret_key, put="at least 50 random characters")
SECRET_KEY_FALLBACKS = get_setting("SECRET_KEY_FALLBACKS", env.list, [], put="former keys, separated by commas")
DATA_DIR = get_setting("DATA_DIR", environment.read_folder, "var", put="a folder that this process may write to")
PORT = get_setting("PORT", environment.read_port, 8000, put="a port number from 1 to 65535")
SITE_URL = get_setting(
    "SITE_URL",
    environment.read_site_url,
    f"http://localhost:{PORT}",
    put="the site's address, such as https://club.example.org",
)
SITE_HOST = urlsplit(SITE_URL).hostname
IS_HTTPS = SITE_URL.startswith("https:")
ALLOWED_HOSTS = get_setting(
    "ALLOWED_HOSTS",
    environment.read_hosts,
    [SITE_HOST] if IS_HTTPS else [SITE_HOST, "localhost", "127.0.0.1", "[::1]"],
    put="the host names that the site answers to, separated by commas",
)
TRUSTED_PROXY_COUNT = get_setting(
    "TRUSTED_PROXY_COUNT", environment.read_count, 0, put="the number of proxies in front of the site, from 0 to 9"
)

# --- database, cache, mail, files ----------------------------------------------------------------------------------

DATABASES = {
    "default": get_setting(
        "DATABASE_URL",
        environment.read_database,
        f"sqlite:///{quote(str(DATA_DIR))}/db.sqlite3",
        put="an address such as postgres://user:password@host/name",
    )
}
if "sqlite3" in DATABASES["default"]["ENGINE"]:
    DATABASES["default"]["ENGINE"] = "bookclub.core.database.sqlite3"
    # IMMEDIATE: writers wait for each other instead of failing; FULL: committed data survives a power failure.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
else:
    DATABASES["default"] |= {"ENGINE": "bookclub.core.database.postgresql", "CONN_HEALTH_CHECKS": True}
    # A cursor on the server belongs to one of its connections, and PgBouncer may change that for each transaction.
    DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = True
# Connections stay open: with a full or read-only disk, SQLite can read only from connections that it has already.
DATABASES["default"]["CONN_MAX_AGE"] = None
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    # Counts attempts: by default in a table of the database. All processes on all machines must share it.
    "default": get_setting(
        "CACHE_URL",
        environment.read_cache,
        "db://cache",
        put="an address such as redis://localhost:6379/0 (Redis or Valkey), or db://cache for a table of the database",
    ),
    # A book that an organiser has fetched and not saved yet. It stays in the database, whatever becomes of Redis.
    "unsaved": environment.get_cache_table("cache"),
}

email = get_setting(
    "EMAIL_URL",
    environment.read_email_server,
    "bookclub.mail.backends.FolderBackend",
    put="an address such as submission://user:password@host",
)
ANYMAIL = email.pop("ANYMAIL", {})
# The key with which the provider signs its reports. Without it there is no webhook.
EMAIL_WEBHOOK = get_setting(
    "EMAIL_WEBHOOK_KEY", environment.read_webhook_key, {}, put="the key that your provider signs with"
)
ANYMAIL |= EMAIL_WEBHOOK
# The keys are the names of Django's settings: EMAIL_BACKEND, EMAIL_HOST, …
vars().update(email)
DEFAULT_FROM_EMAIL = get_setting(
    "DEFAULT_FROM_EMAIL",
    environment.read_sender,
    f"bookclub@{SITE_HOST}",
    put="the sender of our mail, such as club@example.org",
)
SERVER_EMAIL = DEFAULT_FROM_EMAIL
EMAIL_PER_SECOND = get_setting(
    "EMAIL_PER_SECOND", environment.read_rate, 0, put="the number of mails that a worker may send in a second"
)
# Mail to this address is passed to `manage.py receive_mail`: bounces and unsubscribe requests.
INBOUND_EMAIL = get_setting(
    "INBOUND_EMAIL", environment.read_email_address, "", put="an address such as letters@club.example.org"
)

# The lines “Contact” of /.well-known/security.txt (RFC 9116); without one there is no such page.
SECURITY_CONTACTS = get_setting(
    "SECURITY_CONTACTS", environment.read_contacts, "", put="mail addresses or https addresses, separated by commas"
)

OPEN_LIBRARY_URL = get_setting(
    "OPEN_LIBRARY_URL",
    environment.read_service_url,
    "https://openlibrary.org",
    put="an address such as https://openlibrary.org",
)
OPEN_LIBRARY_COVERS_URL = get_setting(
    "OPEN_LIBRARY_COVERS_URL",
    environment.read_service_url,
    "https://covers.openlibrary.org",
    put="an address such as https://covers.openlibrary.org",
)
# Open Library redirects covers to one of the Internet Archive's hosts.
OPEN_LIBRARY_REDIRECT_HOSTS = get_setting(
    "OPEN_LIBRARY_REDIRECT_HOSTS", environment.read_domains, [".archive.org"], put="host names, such as .archive.org"
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
        else "bookclub.core.staticfiles.MinifiedStorage"
    },
}
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["jpg", "jpeg", "png", "webp", "woff2"]
FILE_UPLOAD_PERMISSIONS = 0o644
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024  # bookclub/http/body_limits.py has the limits of all forms
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
    "bookclub.apps.ClubAdminConfig",
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
    "bookclub.core.middleware.default_headers",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "bookclub.core.middleware.CompressionMiddleware",
    "bookclub.core.middleware.ConditionalMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",  # sets Content-Length, so integrity_middleware is after it
    "bookclub.core.subresource_integrity.integrity_middleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "bookclub.core.middleware.ClubMiddleware",
    "bookclub.core.redirects.redirect_middleware",
    "bookclub.error_pages.error_page_middleware",
    "bookclub.error_pages.CacheUnavailableMiddleware",
    "bookclub.core.middleware.refuse_other_methods",
]
ROOT_URLCONF = "bookclub.urls"
WEB_THREADS = 4  # in each process; at most half of them change data at the same time
# A request waits no longer for a lock of the database. The worker and commands wait for the `timeout` above.
WEB_LOCK_WAIT_SECONDS = 2.5
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
                "bookclub.core.context_processors.site",
            ],
            "builtins": ["bookclub.templatetags.bookclub"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

LANGUAGE_CODE = get_setting("LANGUAGE_CODE", environment.read_language, "en-gb", put="a language code such as en-gb")
LOCALE_PATHS = [BASE_DIR / "locale"]  # the admin's own words for Django's; see `manage.py compile_words`
FORMAT_MODULE_PATH = "bookclub.formats"
TIME_ZONE = get_setting(
    "TIME_ZONE", environment.read_time_zone, "Europe/London", put="a time zone such as Europe/London"
)
USE_TZ = True

# --- accounts and login --------------------------------------------------------------------------------------------

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
SESSION_COOKIE_AGE = 60 * 24 * 60 * 60  # two months, so that members need no new code at every meetup
ACCOUNT_ADAPTER = "members.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "reauthenticate": "members.forms.account.ReauthenticateForm",
    "add_email": "members.forms.account.AddEmailForm",
    "confirm_email_verification_code": "members.forms.account.EmailChangeCodeForm",
    "change_password": "members.forms.account.ChangePasswordForm",
    "set_password": "members.forms.account.SetPasswordForm",
    "reset_password": "members.forms.account.ResetPasswordForm",
    "reset_password_from_key": "members.forms.account.ResetPasswordKeyForm",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = ACCOUNT_EMAIL_VERIFICATION_BY_CODE_MAX_ATTEMPTS = 3
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_LOGIN_TIMEOUT = 60 * 60  # longer than a code, so that the page can say that the code has expired
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
# "ip" is a network: an IPv4 address or an IPv6 /64. The 11th try within a minute is refused, of every kind.
# No limit is only per address ("key") if it could lock out the owner of the address.
NETWORK_LIMIT = "10/m/ip"
ACCOUNT_RATE_LIMITS = {
    "login": NETWORK_LIMIT,
    "login_failed": f"{NETWORK_LIMIT},5/5m/key",
    "signup": NETWORK_LIMIT,
    "request_login_code": NETWORK_LIMIT,
    "guess_code": NETWORK_LIMIT,
    "guess_code_often": "60/15m/ip",
    "guess_code_of_address": "30/15m/key",
    "second_factor": NETWORK_LIMIT,
    "reauthenticate": f"{NETWORK_LIMIT},10/m/user",
    "reset_password": f"{NETWORK_LIMIT},5/m/key",
    "reset_password_from_key": NETWORK_LIMIT,
    "manage_email": f"{NETWORK_LIMIT},10/m/user",
    "confirm_email": "1/3m/key",
    "subscribe": NETWORK_LIMIT,
    "export_data": "5/5m/user",
}
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT

MFA_ADAPTER = "members.adapter.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RATE_LIMITS = {"webauthn_login": NETWORK_LIMIT}
MFA_FORMS = {"add_webauthn": "members.forms.account.AddPasskeyForm"}
MFA_ALLOW_UNVERIFIED_EMAIL = True  # only accounts created by organisers can log in before their address is verified
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_HTTPS  # localhost
STAFF_NEEDS_SECOND_FACTOR = get_setting("STAFF_NEEDS_SECOND_FACTOR", env.bool, False, put="1 or 0")

# No social login by default. Each provider named here needs its client ID and secret.
SOCIAL_LOGIN = get_setting(
    "SOCIAL_LOGIN", environment.read_social_login, [], put="google, github, or both separated by a comma"
)
if SOCIAL_LOGIN:
    INSTALLED_APPS += ["allauth.socialaccount", *(f"allauth.socialaccount.providers.{name}" for name in SOCIAL_LOGIN)]
    SOCIALACCOUNT_ADAPTER = "members.social_login.SocialAccountAdapter"
    SOCIALACCOUNT_PROVIDERS = {
        name: {
            "APPS": [
                {
                    "client_id": get_setting(
                        f"{name.upper()}_CLIENT_ID", environment.read_text, put=f"the client ID that {name} gave"
                    ),
                    "secret": get_setting(
                        f"{name.upper()}_SECRET", environment.read_text, put=f"the secret that {name} gave"
                    ),
                }
            ],
            "SCOPE": {"google": ["profile", "email"], "github": ["user:email"]}[name],
            "OAUTH_PKCE_ENABLED": True,
        }
        for name in SOCIAL_LOGIN
    }

# --- response headers and logging ----------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        # There are no scripts that connect: Lighthouse fetches robots.txt under the page's policy.
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
CSRF_FAILURE_VIEW = "bookclub.admin_base.session_recovery.csrf_failure"
CSRF_TRUSTED_ORIGINS = [SITE_URL]
if IS_HTTPS:
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 31_536_000
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
    # HSTS for subdomains and preloading are the decision of the domain's owner, not of this site.
    SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
if TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "bookclub.core.log_format.LogFormatter",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        # Requests with a wrong host name get a 400 and are not logged.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        # These have handlers of their own, which would write tokens: the web server's, and Django's development server.
        "_granian": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        "django.server": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
    },
}

SENTRY_DSN = get_setting(
    "SENTRY_DSN", environment.read_sentry_dsn, "", put="the DSN of a project, such as https://KEY@sentry.example.org/1"
)
if SENTRY_DSN:
    start_error_reports(SENTRY_DSN)
