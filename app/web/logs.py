"""One line for each request on standard output, with a request id and without personal data."""

import logging
import sys
import time
import uuid

from flask import Flask, Response, g, request
from pythonjsonlogger.json import JsonFormatter

from app.config import Config
from app.request_id import request_id

READABLE = "%(asctime)s %(levelname)-7s %(request_id)s %(message)s"
log = logging.getLogger("app.request")


class WithRequestId(logging.Filter):
    """Adds the id of the request at hand to every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always keeps the record."""
        record.request_id = request_id.get() or "-"
        return True


def init_app(app: Flask, config: Config) -> None:
    """Send the logs to standard output and time each request."""
    handler = logging.StreamHandler(sys.stdout)
    handler.addFilter(WithRequestId())
    handler.setFormatter(
        JsonFormatter("%(asctime)s %(levelname)s %(name)s %(message)s %(request_id)s")
        if config.log_format == "json"
        else logging.Formatter(READABLE)
    )
    logger = logging.getLogger("app")
    logger.handlers[:] = [handler]
    logger.setLevel(config.log_level)
    logger.propagate = config.environment == "testing"

    @app.before_request
    def begin() -> None:
        g.began = time.perf_counter()
        # A proxy's id is taken over only when it is harmless in a log line.
        given = request.headers.get("X-Request-ID", "")
        request_id.set(given if given.isascii() and given.isalnum() and len(given) <= 64 else uuid.uuid4().hex)

    @app.after_request
    def end(response: Response) -> Response:
        response.headers["X-Request-ID"] = request_id.get() or ""
        if request.endpoint not in ("static", "web.healthz"):
            # The route's pattern, not the address: an address holds ids, a query may hold names.
            route = request.url_rule.rule if request.url_rule else "(no route)"
            took = (time.perf_counter() - g.began) * 1000 if "began" in g else 0.0
            log.info("%s %s %s %.1f ms", request.method, route, response.status_code, took)
        return response
