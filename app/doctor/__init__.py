"""``flask doctor``: what is wrong with this installation, and what mends it.

It comes last in the house because it looks at everything. ``python -m app.doctor`` is the same without an application:
it still works when a setting is so wrong that the site does not start.
"""

from flask import Flask

from app.config import Config
from app.doctor import cli


def init_app(app: Flask, config: Config) -> None:
    """Move in."""
    cli.init_app(app, config)
