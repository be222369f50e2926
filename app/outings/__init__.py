"""outings."""

from flask import Flask

from app.config import Config
from app.outings import models  # noqa: F401


def init_app(app: Flask, config: Config) -> None:
    """Move in."""
