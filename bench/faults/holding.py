"""The product, with one switch for the battery alone: a signal takes every connection of the pool for a while."""

import signal
import threading
import time
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from app.extensions import db
from bench.faults.site import HELD, TAKE_ALL
from wsgi import app

__all__ = ["app"]


def hold() -> None:
    """Take connections until there are none, and give them back later."""
    taken: list[Any] = []
    end = time.monotonic() + HELD
    with app.app_context():
        while time.monotonic() < end:
            try:
                taken.append(db.engine.connect())
            except SQLAlchemyError:
                time.sleep(0.01)
        for connection in taken:
            connection.close()


signal.signal(TAKE_ALL, lambda *_: threading.Thread(target=hold).start())
