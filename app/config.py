"""Environment -> Config. The only file that reads the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from flask.helpers import get_load_dotenv
from sqlalchemy import URL

from app.addresses import database_address, database_url, mail_from, openid_provider, sentry_dsn, site_url
from app.env import ConfigError, one_of, port, seconds, whole_number, words, yes_or_no
from app.pool import WatchedPool

__all__ = ["ROOT", "Config", "ConfigError"]

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENTS = ("production", "development", "testing")
LOG_FORMATS = ("json", "readable")
SMTP_PORTS = {"starttls": 587, "tls": 465, "none": 25}  # by SMTP_TLS
PREPARED_STATEMENTS: dict[str, bool | None] = {"auto": None, "on": True, "off": False}
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
SHORTEST_KEY = 32  # characters; ASVS 5.0 asks for 128 bits, and hex text carries 4 bits a character
DEVELOPMENT_KEY = "for-development-only-never-in-production"
# Words that published examples use as keys; a key that holds one was copied, not made.
KNOWN_KEY_PARTS = (
    "changeme",
    "change-me",
    "change_me",
    "your-secret",
    "your_secret",
    "development",
    "example",
    "secret-key",
)
# libpq's words, for a host that has gone without a farewell: 2 s to connect (its shortest), 5 s until what was sent has
# to be acknowledged (milliseconds), and a sign of life every 3 s while an answer takes longer than 5.
NETWORK = {
    "connect_timeout": 2,
    "tcp_user_timeout": 5000,
    "keepalives_idle": 5,
    "keepalives_interval": 3,
    "keepalives_count": 3,
}
MAKE_A_KEY = "Make one with: python -c 'import secrets; print(secrets.token_hex(32))'"


def environment() -> dict[str, str]:
    """``.env`` beside the code, overruled by the environment of the process. FLASK_SKIP_DOTENV, which ``flask`` heeds, is heeded here, too.

    Raises:
        ConfigError: the file is no text, or not ours to read.
    """
    if not get_load_dotenv():
        return dict(os.environ)
    try:
        from_file = {name: value for name, value in dotenv_values(ROOT / ".env").items() if value is not None}
    except UnicodeDecodeError:
        raise ConfigError(".env is not UTF-8; save it as UTF-8.") from None
    except OSError as error:
        raise ConfigError(f".env cannot be read: {error.strerror}.") from None
    return {**from_file, **os.environ}


@dataclass(frozen=True)
class Config:
    """Everything that differs from one installation to the next."""

    environment: str
    database_url: URL
    secret_key: str = field(repr=False)
    secret_key_fallbacks: tuple[str, ...] = field(default=(), repr=False)
    health_key: str = field(default="", repr=False)  # none: nobody is served (families/startup.py)
    health_key_fallbacks: tuple[str, ...] = field(default=(), repr=False)
    trusted_hosts: tuple[str, ...] = ()
    proxy_hops: int = 0
    log_format: str = "readable"
    pool_size: int = 4
    log_level: str = "INFO"
    site_url: str = ""
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_tls: str = "starttls"
    smtp_user: str = ""
    smtp_password: str = field(default="", repr=False)
    mail_from: str = ""
    oidc_issuer: str = ""  # none: nobody signs in with an account elsewhere
    oidc_client_id: str = ""
    oidc_client_secret: str = field(default="", repr=False)
    oidc_name: str = ""
    sql_comments: bool = True
    sentry_dsn: str = field(default="", repr=False)
    metrics_port: int = 0  # 0: none
    metrics_bind: str = "127.0.0.1"
    replica_url: URL | None = None
    # How long a request may wait, in seconds; 0: as long as it likes.
    database_lock_timeout: float = 1
    database_statement_timeout: float = 5
    database_idle_timeout: float = 4
    prepared_statements: bool | None = None  # None finds out whether a pooler stands between
    migration_database_url: URL | None = None
    migration_lock_timeout: int = 3  # this and the next two: seconds
    migration_statement_timeout: int = 600
    migration_patience: int = 600
    require_second_factor: bool = False
    session_idle_hours: int = 12
    session_days: int = 30
    remembered_idle_days: int = 30
    remembered_days: int = 90
    health_open_days: int = 7  # after the end of an outing
    health_keep_days: int = 60  # after the end of the last one
    health_ask_days: int = 183  # after a guardian last said that all is right

    @property
    def is_production(self) -> bool:
        """Production refuses what development forgives."""
        return self.environment == "production"

    @property
    def sends_mail(self) -> bool:
        """Whether a mail that is written gets anywhere: to a server, or outside of production to ``/dev/mail``."""
        return bool(self.smtp_host and self.site_url) or not self.is_production

    @classmethod
    def load(cls) -> "Config":
        """From what ``environment`` finds."""
        return cls.from_env(environment())

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Config":
        """Read and check ``env``.

        Raises:
            ConfigError: something is missing or unsafe; the message names the variable.
        """
        # Whoever forgets to say where the app runs gets the strict rules, not the lax ones.
        environment = env.get("APP_ENV", "production")
        if environment not in ENVIRONMENTS:
            raise ConfigError(f"APP_ENV is {environment!r}; set it to one of {', '.join(ENVIRONMENTS)}.")
        production = environment == "production"
        if production and env.get("FLASK_DEBUG", "0").lower() not in ("", "0", "false", "no"):
            raise ConfigError("FLASK_DEBUG is on; the debugger runs anybody's code, so unset it in production.")
        # Only gunicorn needs it, but with a word here it ends in a traceback before it reads its own settings.
        whole_number(env, "WEB_CONCURRENCY", 2, least=1)
        smtp_tls = one_of(env, "SMTP_TLS", tuple(SMTP_PORTS), "starttls")
        return cls(
            environment=environment,
            database_url=database_url(env),
            secret_key=_secret_key(env.get("SECRET_KEY", ""), "SECRET_KEY", production),
            secret_key_fallbacks=tuple(
                _secret_key(key, "SECRET_KEY_FALLBACKS", production) for key in words(env, "SECRET_KEY_FALLBACKS")
            ),
            health_key=_health_key(env, production),
            health_key_fallbacks=tuple(
                _secret_key(key, "HEALTH_KEY_FALLBACKS", production) for key in words(env, "HEALTH_KEY_FALLBACKS")
            ),
            trusted_hosts=words(env, "TRUSTED_HOSTS"),
            proxy_hops=whole_number(env, "PROXY_HOPS", 0),
            log_format=one_of(env, "LOG_FORMAT", LOG_FORMATS, "json" if production else "readable"),
            log_level=one_of(env, "LOG_LEVEL", LOG_LEVELS, "INFO"),
            sql_comments=yes_or_no(env, "SQL_COMMENTS", True),
            sentry_dsn=sentry_dsn(env),
            metrics_port=port(env, "METRICS_PORT", 0),
            metrics_bind=env.get("METRICS_BIND", "").strip() or "127.0.0.1",
            prepared_statements=PREPARED_STATEMENTS[
                one_of(env, "PREPARED_STATEMENTS", tuple(PREPARED_STATEMENTS), "auto")
            ],
            pool_size=whole_number(env, "WEB_THREADS", 4, least=1),
            site_url=site_url(env, production),
            smtp_host=env.get("SMTP_HOST", "").strip(),
            smtp_port=port(env, "SMTP_PORT", SMTP_PORTS[smtp_tls]),
            smtp_tls=smtp_tls,
            smtp_user=env.get("SMTP_USER", ""),
            smtp_password=env.get("SMTP_PASSWORD", ""),
            mail_from=mail_from(env),
            **openid_provider(env, production),
            database_lock_timeout=seconds(env, "DATABASE_LOCK_TIMEOUT", 0.5),
            database_statement_timeout=seconds(env, "DATABASE_STATEMENT_TIMEOUT", 5),
            database_idle_timeout=seconds(env, "DATABASE_IDLE_TIMEOUT", 4),
            replica_url=database_address(env, "DATABASE_REPLICA_URL"),
            migration_database_url=database_address(env, "MIGRATION_DATABASE_URL"),
            migration_lock_timeout=whole_number(env, "MIGRATION_LOCK_TIMEOUT", 3),
            migration_statement_timeout=whole_number(env, "MIGRATION_STATEMENT_TIMEOUT", 600),
            migration_patience=whole_number(env, "MIGRATION_PATIENCE", 600),
            require_second_factor=yes_or_no(env, "REQUIRE_SECOND_FACTOR", production),
            session_idle_hours=whole_number(env, "SESSION_IDLE_HOURS", 12),
            session_days=whole_number(env, "SESSION_DAYS", 30),
            remembered_idle_days=whole_number(env, "REMEMBERED_IDLE_DAYS", 30),
            remembered_days=whole_number(env, "REMEMBERED_DAYS", 90),
            health_open_days=whole_number(env, "HEALTH_OPEN_DAYS", 7),
            health_keep_days=whole_number(env, "HEALTH_KEEP_DAYS", 60),
            health_ask_days=whole_number(env, "HEALTH_ASK_DAYS", 183),
        )

    def flask_settings(self) -> dict[str, Any]:
        """The same in the words of Flask and its extensions."""
        return {
            "APP_ENV": self.environment,
            "TESTING": self.environment == "testing",
            "SECRET_KEY": self.secret_key,
            "SECRET_KEY_FALLBACKS": list(self.secret_key_fallbacks),
            "HEALTH_KEY": self.health_key,
            "HEALTH_KEY_FALLBACKS": list(self.health_key_fallbacks),
            "TRUSTED_HOSTS": list(self.trusted_hosts) or None,
            "SQLALCHEMY_DATABASE_URI": self.database_url,
            "SQLALCHEMY_ENGINE_OPTIONS": self._engine_options(),
            "SQLALCHEMY_BINDS": self._binds(),
            "SENDS_MAIL": self.sends_mail,
            "SITE_URL": self.site_url,
            "SMTP_HOST": self.smtp_host,
            "SMTP_PORT": self.smtp_port,
            "SMTP_TLS": self.smtp_tls,
            "SMTP_USER": self.smtp_user,
            "SMTP_PASSWORD": self.smtp_password,
            "MAIL_FROM": self.mail_from,
            "OIDC_ISSUER": self.oidc_issuer,
            "OIDC_CLIENT_ID": self.oidc_client_id,
            "OIDC_CLIENT_SECRET": self.oidc_client_secret,
            "OIDC_NAME": self.oidc_name,
            # Read by gunicorn.conf.py.
            "METRICS_PORT": self.metrics_port,
            "METRICS_BIND": self.metrics_bind,
            # Read by migrations/env.py.
            "MIGRATION_DATABASE_URL": self.migration_database_url,
            "MIGRATION_LOCK_TIMEOUT": self.migration_lock_timeout,
            "MIGRATION_STATEMENT_TIMEOUT": self.migration_statement_timeout,
            "MIGRATION_PATIENCE": self.migration_patience,
            "SESSION_COOKIE_NAME": "__Host-session" if self.is_production else "session",
            "SESSION_COOKIE_SECURE": self.is_production,
            "SESSION_COOKIE_HTTPONLY": True,
            "SESSION_COOKIE_SAMESITE": "Lax",
            "REQUIRE_SECOND_FACTOR": self.require_second_factor,
            # How long a sign-in lasts, unused and at all; the first two without "Keep me signed in".
            "SESSION_LIMITS": (timedelta(hours=self.session_idle_hours), timedelta(days=self.session_days)),
            "REMEMBERED_LIMITS": (timedelta(days=self.remembered_idle_days), timedelta(days=self.remembered_days)),
            "HEALTH_OPEN": timedelta(days=self.health_open_days),
            "HEALTH_KEEP": timedelta(days=self.health_keep_days),
            "HEALTH_ASK": timedelta(days=self.health_ask_days),
            # Of the cookie. The table of sessions says what it is worth.
            "PERMANENT_SESSION_LIFETIME": timedelta(days=max(self.session_days, self.remembered_days)),
            # A sign-up form may lie open over lunch; the token ends with the session.
            "WTF_CSRF_TIME_LIMIT": None,
            # Browsers that send no Referer may use the site, too; the token and SameSite cookies are what protects.
            "WTF_CSRF_SSL_STRICT": False,
            "MAX_CONTENT_LENGTH": 1024 * 1024,
            "MAX_FORM_PARTS": 1000,
            "PREFERRED_URL_SCHEME": "https" if self.is_production else "http",
        }

    def _engine_options(self) -> dict[str, Any]:
        return {
            # One connection for each thread: a smaller pool makes threads wait, no pool costs 63 % more CPU a page.
            "poolclass": WatchedPool,
            "pool_size": self.pool_size,
            "max_overflow": 2,
            "pool_timeout": 1,
            # What a statement carries is somebody's name or allergy; an exception must not repeat it.
            "hide_parameters": True,
            "connect_args": {"application_name": "scouting-outing-manager", **NETWORK},
        }

    def _binds(self) -> dict[str, dict[str, Any]]:
        if self.replica_url is None:
            return {}
        options = self._engine_options()
        # Each statement stands alone there; while one is read the replica may stay where it is.
        options |= {"pool_logging_name": "replica", "isolation_level": "AUTOCOMMIT", "pool_pre_ping": True}
        return {"replica": {"url": self.replica_url, **options}}


def _health_key(env: Mapping[str, str], production: bool) -> str:
    # Only those who serve and those who seal need one, so that none is no fault here: families/startup.py.
    key = env.get("HEALTH_KEY", "")
    if production and key and key == env.get("SECRET_KEY"):
        raise ConfigError(f"HEALTH_KEY is the same as SECRET_KEY; nobody should learn both at once. {MAKE_A_KEY}")
    return _secret_key(key, "HEALTH_KEY", production) if key or not production else ""


def _secret_key(key: str, name: str, production: bool) -> str:
    if not production:
        return key or DEVELOPMENT_KEY
    if not key:
        raise ConfigError(f"{name} is missing. {MAKE_A_KEY}")
    if any(part in key.lower() for part in KNOWN_KEY_PARTS) or len(set(key)) < 8:
        raise ConfigError(f"{name} is a well-known example or too simple. {MAKE_A_KEY}")
    if len(key) < SHORTEST_KEY:
        raise ConfigError(f"{name} is shorter than {SHORTEST_KEY} characters. {MAKE_A_KEY}")
    return key
