"""The settings: every fault among them, not only the first, which is all that the site itself says."""

import os
import re
import secrets
from collections.abc import Iterator, Mapping

from dotenv import dotenv_values

from app.config import ROOT, Config, ConfigError
from app.doctor.finding import Finding, note

VARIABLE = re.compile(r"\b[A-Z]+(?:_[A-Z]+)+\b")
# What takes the place of a wrong value while the rest is read; any other variable is left out.
STAND_INS = {"APP_ENV": "production", "SECRET_KEY": secrets.token_hex(32), "DATABASE_URL": "postgresql://"}
MAIL = ("MAIL_", "SMTP_")


def environment() -> dict[str, str]:
    """What ``Config.load`` reads. It is read here once more because Config keeps nothing of what it refuses."""
    from_file = {name: value for name, value in dotenv_values(ROOT / ".env").items() if value is not None}
    return {**from_file, **os.environ}


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
    set_for_mail = sorted(name for name, value in env.items() if value and name.startswith(MAIL))
    if set_for_mail:
        yield note(
            "mail",
            f"{', '.join(set_for_mail)}: this release sends no mail, so this does nothing. Mail comes with a later release;"
            " until then, hand links to people yourself.",
        )


def _culprit(sentence: str) -> str | None:
    """The variable that a ConfigError names first; it stands at the beginning, or after "set"."""
    found = VARIABLE.search(sentence)
    return found[0] if found else None
