"""What must run by the clock. It comes after all rooms because it calls on each of them."""

from flask import Flask

from app.config import Config
from app.upkeep import cli


def init_app(app: Flask, config: Config) -> None:
    """Move in."""
    cli.init_app(app)
