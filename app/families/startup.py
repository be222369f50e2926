"""What must hold before the site serves anybody in production: what is said about health can be sealed."""

from flask import Flask

from app.config import MAKE_A_KEY, ConfigError

MISSING = (
    "HEALTH_KEY is missing; health notes are sealed with it, and without it they cannot be opened again. "
    f"Keep it apart from the database's backups. {MAKE_A_KEY}"
)


def refuse_open_health(app: Flask) -> None:
    """Refuse to serve in production without a key.

    Raises:
        ConfigError: says what to set.
    """
    if app.config["APP_ENV"] == "production" and not app.config["HEALTH_KEY"]:
        raise ConfigError(MISSING)
