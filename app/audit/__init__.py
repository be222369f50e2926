"""audit."""

from flask import Flask

from app.audit import models  # noqa: F401
from app.config import Config


def init_app(app: Flask, config: Config) -> None:
    """Move in."""
