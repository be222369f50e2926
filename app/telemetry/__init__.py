"""What those who run the site see of it: logs, comments in the SQL, figures and faults; nobody's data in any of them.

It knows no room. Rooms count what happens in them here, and whatever leaves this package for a log or another machine
has passed ``private.py``.
"""

from flask import Flask

from app.config import Config
from app.telemetry import comments, faults


def init_app(app: Flask, config: Config) -> None:
    """Listen to the database and to the log. Called when every room has moved in: the comments come after whoever else changes the SQL."""
    if config.sql_comments:
        comments.init_app(app)
    faults.init(config)
