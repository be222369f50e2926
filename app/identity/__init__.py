"""Accounts, sign-in, sessions and ``flask seed-admin``."""

from flask import Flask

from app.config import Config
from app.identity import cli, letters, passwords, sessions, views  # noqa: F401


def init_app(app: Flask, config: Config) -> None:
    """Move in."""
    passwords.leave_threads_for_pages(config.pool_size)
    sessions.init_app(app)
    cli.init_app(app, config)
    app.register_blueprint(views.bp)
