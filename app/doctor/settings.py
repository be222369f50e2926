"""The settings: every fault among them, not only the first, which is all that the site itself says."""

import re
import secrets
from collections.abc import Iterator, Mapping

from app.config import Config, ConfigError
from app.doctor.finding import Finding, note
from app.families.startup import MISSING

VARIABLE = re.compile(r"\b[A-Z]+(?:_[A-Z]+)+\b")
# What takes the place of a wrong value while the rest is read; any other variable is left out.
STAND_INS = {
    "APP_ENV": "production",
    "SECRET_KEY": secrets.token_hex(32),
    "HEALTH_KEY": secrets.token_hex(32),
    "DATABASE_URL": "postgresql://",
    "MAIL_FROM": "nobody@localhost",
}

# What other applications call their settings for mail.
OTHER_NAMES = (
    "MAIL_SERVER",
    "MAIL_PORT",
    "MAIL_USERNAME",
    "MAIL_PASSWORD",
    "EMAIL_HOST",
    "SMTP_SERVER",
    "SMTP_USERNAME",
)


def read(env: Mapping[str, str]) -> tuple[Config | None, list[Finding]]:
    """The configuration as far as it can be read, and what is wrong with it.

    Returns:
        No configuration when nobody can tell which database is meant.
    """
    env, findings = dict(env), []
    no_database = False
    for _ in range(len(env) + len(STAND_INS)):
        try:
            config = Config.from_env(env)
        except ConfigError as error:
            findings.append(Finding("settings", str(error)))
            name = _culprit(str(error))
            if name is None or env.get(name) == STAND_INS.get(name, ""):
                return None, findings
            # The stand-in leads nowhere, so the database is not looked at.
            no_database = no_database or name in ("DATABASE_URL", "POSTGRES_PORT")
            env[name] = STAND_INS.get(name, "")
        else:
            return (None if no_database else config), findings
    return None, findings


def notes(config: Config, env: Mapping[str, str]) -> Iterator[Finding]:
    """What is allowed, but seldom meant."""
    if config.is_production and not config.trusted_hosts:
        yield note(
            "host names",
            "The site answers to any host name. Set TRUSTED_HOSTS to the names under which people reach it.",
        )
    if config.is_production and not config.health_key:
        yield Finding("health notes", f"The site does not start: {MISSING}")
    yield from _mail(config, env)


def _mail(config: Config, env: Mapping[str, str]) -> Iterator[Finding]:
    if config.is_production and not config.smtp_host:
        yield Finding(
            "mail",
            "No mail is configured, so nobody can get in by a link or set a forgotten password by himself."
            " Set SMTP_HOST, MAIL_FROM, and what your provider says of SMTP_USER and SMTP_PASSWORD.",
        )
    if config.is_production and not config.site_url:
        yield Finding(
            "mail",
            "SITE_URL is missing; links in mails begin with it, and without it no mail is written."
            " Set it to the address of the site, as https://trips.example.org.",
        )
    if config.smtp_user and config.smtp_tls == "none":
        yield note(
            "mail", "SMTP_TLS is none: the password of the mail server travels in the clear. Set it to starttls."
        )
    unknown = sorted(name for name, value in env.items() if value and name in OTHER_NAMES)
    if unknown:
        yield note(
            "mail", f"{', '.join(unknown)} is not read here. The settings for mail are called SMTP_... and MAIL_FROM."
        )


def _culprit(sentence: str) -> str | None:
    """The variable that a ConfigError names first; it stands at the beginning, or after "set"."""
    found = VARIABLE.search(sentence)
    return found[0] if found else None
