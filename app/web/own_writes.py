"""Whoever has just written reads what was written: their pages do not come from the replica for some seconds."""

import time

from flask import Flask, Response, request, session

from app import replica
from app.config import Config

MARK = "wrote"
READS = ("GET", "HEAD")


def init_app(app: Flask, config: Config) -> None:
    """Mark the session of whoever writes, if there is a replica at all."""
    if not config.replica_url:
        return

    @app.before_request
    def decide() -> None:
        # A page that answers a form is of somebody who writes at this moment.
        reads = request.method in READS and request.endpoint != "static"
        replica.allowed.set(reads and time.time() - session.get(MARK, 0) > replica.OWN_WRITES)

    @app.after_request
    def mark(response: Response) -> Response:
        if request.method not in READS and response.status_code < 400:
            session[MARK] = round(time.time(), 1)
        return response
