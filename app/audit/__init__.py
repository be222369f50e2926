"""audit."""

from flask import Flask

from app.audit import rules
from app.config import Config
from app.identity import events


def init_app(app: Flask, config: Config) -> None:
    """Move in."""
    events.WITNESSES["audit"] = rules.record
