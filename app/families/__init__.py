"""families."""

from flask import Flask

from app.config import Config
from app.families import models  # noqa: F401


def init_app(app: Flask, _config: Config) -> None:
    """Move in."""
