"""Settings that are an address: of a database, of the site itself, of a sender, of whoever collects faults."""

from collections.abc import Mapping
from email.errors import HeaderParseError
from email.headerregistry import HeaderRegistry
from typing import Any
from urllib.parse import urlsplit

from psycopg2.extensions import make_dsn
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from app.env import ConfigError, port

ADDRESSES = HeaderRegistry()


def database_address(env: Mapping[str, str], name: str) -> URL | None:
    """The address of a PostgreSQL in the words of SQLAlchemy.

    Raises:
        ConfigError: it cannot be read.
    """
    text = env.get(name, "").strip()
    if not text:
        return None
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):  # a port that is no number
        raise ConfigError(f"{name} cannot be read; it looks like postgresql://user:password@host:5432/name.") from None
    # SQLAlchemy 2.1 reads a bare postgresql:// as psycopg 3 and refuses the postgres:// that PaaS hosts hand out.
    if url.drivername not in ("postgres", "postgresql", "postgresql+psycopg2"):
        raise ConfigError(f"{name} names {url.drivername!r}; this application runs on postgresql:// only.")
    return url.set(drivername="postgresql+psycopg2")


def database_url(env: Mapping[str, str]) -> URL:
    """Of the database: ``DATABASE_URL``, or its parts.

    Raises:
        ConfigError: there is none, or it cannot be read.
    """
    if url := database_address(env, "DATABASE_URL"):
        return url
    server = env.get("POSTGRES_SERVER")
    if not server:
        raise ConfigError("No database is configured; set DATABASE_URL, or POSTGRES_SERVER and its companions.")
    # The folder of a socket would be taken for a path where the address is written out.
    is_folder = server.startswith("/")
    return URL.create(
        "postgresql+psycopg2",
        username=env.get("POSTGRES_USER") or None,
        password=env.get("POSTGRES_PASSWORD") or None,
        host=None if is_folder else server,
        port=port(env, "POSTGRES_PORT", 5432),
        database=env.get("POSTGRES_DB") or "scouting_outing",
        query={"host": server} if is_folder else {},
    )


def for_libpq(url: URL) -> str:
    """The same, password and all, in the words of PostgreSQL's own library, which reads some letters of an URL differently."""
    _, words = url.get_dialect()().create_connect_args(url)
    return make_dsn(**words)


def sentry_dsn(env: Mapping[str, str]) -> str:
    """Where faults are reported to, as Sentry's library reads it.

    Raises:
        ConfigError: it cannot be read.
    """
    text = env.get("SENTRY_DSN", "").strip()
    parts = urlsplit(text)
    if text and not (parts.scheme in ("http", "https") and parts.username and parts.hostname and parts.path.strip("/")):
        raise ConfigError("SENTRY_DSN cannot be read; it looks like https://key@sentry.example.org/1.")
    return text


def site_url(env: Mapping[str, str], production: bool) -> str:
    """The address that links in mails begin with. It is never taken from a request: whoever asks could choose it."""
    text = env.get("SITE_URL", "").strip().rstrip("/")
    if not text:
        return "" if production else f"http://127.0.0.1:{env.get('PORT') or 5000}"
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ConfigError(f"SITE_URL is {text!r}; it looks like https://trips.example.org.")
    if production and parts.scheme != "https":
        raise ConfigError("SITE_URL begins with http://; links that sign people in need https:// in production.")
    return text


def mail_from(env: Mapping[str, str]) -> str:
    """The sender of mails.

    Raises:
        ConfigError: it cannot be read.
    """
    text = env.get("MAIL_FROM", "").strip()
    if not text and env.get("SMTP_HOST", "").strip():
        raise ConfigError("MAIL_FROM is missing; mails need a sender, as Troop 77 <trips@example.org>.")
    try:
        header: Any = ADDRESSES("From", text)
        senders: list[Any] = list(header.addresses) if text else []
    except HeaderParseError:
        senders = []
    if text and (len(senders) != 1 or not senders[0].domain or not text.isprintable()):
        raise ConfigError(f"MAIL_FROM is {text!r}; it looks like Troop 77 <trips@example.org>.")
    return text


def openid_provider(env: Mapping[str, str], production: bool) -> dict[str, str]:
    """Where accounts elsewhere are asked for, and as whom; all empty when there is no such provider.

    Raises:
        ConfigError: one of them is missing, or the issuer is no address.
    """
    names = ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_NAME")
    values = {name: env.get(name, "").strip() for name in names}
    if not any(values.values()):
        return {}
    for name, value in values.items():
        if not value:
            raise ConfigError(f"{name} is missing; a provider needs all of {', '.join(names)}.")
    parts = urlsplit(values["OIDC_ISSUER"])
    if not parts.hostname or parts.scheme not in (("https",) if production else ("http", "https")):
        raise ConfigError(
            "OIDC_ISSUER cannot be read; it looks like https://login.example.org, with https:// in production."
        )
    if not env.get("SITE_URL", "").strip() and production:
        raise ConfigError("SITE_URL is missing; the provider sends people back there.")
    return {name.lower(): value for name, value in values.items()}
