"""For whoever runs the site: accounts, and the log of what was changed. Unit admins read their unit's part of it."""

from flask import Flask

from app.admin import views
from app.config import Config


def init_app(app: Flask, _config: Config) -> None:
    """Move in."""
    app.register_blueprint(views.bp)
