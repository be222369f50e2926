"""``flask seed-demo``: a fictional troop to look at, and as much of it as a benchmark needs."""

from flask import Flask

from app.config import Config
from app.demo import cli


def init_app(app: Flask, config: Config) -> None:
    """Move in."""
    cli.init_app(app, config)
