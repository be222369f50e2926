"""Scouting Outing Manager: one Flask application over one PostgreSQL database."""

from flask import Flask

from app.config import Config


def create_app(config: Config | None = None) -> Flask:
    """The application for ``config``, or for the environment and ``.env`` when there is none.

    Raises:
        ConfigError: the configuration is missing something or unsafe.
    """
    config = config or Config.load()
    # To load all rooms takes a second, and whoever has a wrong setting, or wants one room only, need not wait for it.
    from app.house import build

    return build(config)
