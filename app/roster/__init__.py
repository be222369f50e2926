"""roster."""

from flask import Flask

from app.config import Config


def init_app(app: Flask, config: Config) -> None:
    """Move in."""
