"""One line for each request on standard output, with a request id and without personal data."""

import logging
import sys
import time
import uuid
from typing import TextIO

from flask import Flask, Response, g, request
from pythonjsonlogger.json import JsonFormatter

from app.config import Config
from app.request_id import is_harmless, request_id, route
from app.telemetry import comments, metrics
from app.telemetry.private import ExcInfo, describe, scrubbed

READABLE = "%(asctime)s %(levelname)-7s %(request_id)s %(message)s"
FIELDS = "%(asctime)s %(levelname)s %(name)s %(message)s %(request_id)s"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")  # another word would be a visitor's own
log = logging.getLogger("app.request")


class WithRequestId(logging.Filter):
    """Adds the id of the request at hand to every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always keeps the record."""
        record.request_id = request_id.get() or "-"
        return True


class OfOthers(logging.Filter):
    """What libraries say is theirs to word, so it is searched for what looks personal."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always keeps the record."""
        record.msg, record.args = scrubbed(record.getMessage()), None
        return True


class PrivateJson(JsonFormatter):
    """A line of JSON, in which an exception has no message."""

    def formatException(self, ei: ExcInfo) -> str:
        """Where it happened."""
        return describe(ei[1]) if ei[1] else ""


class PrivateLines(logging.Formatter):
    """The same for people."""

    def formatException(self, ei: ExcInfo) -> str:
        """Where it happened."""
        return describe(ei[1]) if ei[1] else ""


def formatter(log_format: str, environment: str) -> logging.Formatter:
    """Whoever develops has made the data up, and sees what an exception says of it; nobody else does."""
    if environment == "development":
        return JsonFormatter(FIELDS) if log_format == "json" else logging.Formatter(READABLE)
    return PrivateJson(FIELDS) if log_format == "json" else PrivateLines(READABLE)


class Output(logging.StreamHandler[TextIO]):
    """Standard output, told apart from the handlers that others have put on a logger."""


def handler_for(config: Config, *filters: logging.Filter) -> logging.Handler:
    """Writes to standard output."""
    handler = Output(sys.stdout)
    for each in (WithRequestId(), *filters):
        handler.addFilter(each)
    handler.setFormatter(formatter(config.log_format, config.environment))
    return handler


def route_of_request() -> str:
    """Its pattern, such as ``/outings/<uuid:outing_id>``."""
    return request.url_rule.rule if request.url_rule else "none"


def init_app(app: Flask, config: Config) -> None:
    """Send the logs to standard output and time each request."""
    testing = config.environment == "testing"
    logger = logging.getLogger("app")
    logger.handlers[:] = [handler_for(config)]
    logger.setLevel(config.log_level)
    logger.propagate = testing
    if not testing:  # pytest listens at the root
        root = logging.getLogger()
        others = [handler for handler in root.handlers if not isinstance(handler, Output)]
        root.handlers[:] = [*others, handler_for(config, OfOthers())]

    # Flask's own words hold the address, which can be a one-time link.
    app.log_exception = lambda exc_info: log.error("unhandled, and the page that says so failed", exc_info=exc_info)  # type: ignore[method-assign]

    @app.before_request
    def begin() -> None:
        g.began = time.perf_counter()
        # A proxy's id is taken over only when it is harmless in a log line.
        given = request.headers.get("X-Request-ID", "")
        chosen = given if is_harmless(given) else uuid.uuid4().hex
        request_id.set(chosen)
        route.set(route_of_request())
        comments.begin()

    @app.after_request
    def end(response: Response) -> Response:
        response.headers["X-Request-ID"] = request_id.get() or ""
        # The route's pattern, not the address: an address holds ids, a query may hold names.
        pattern, seconds = route_of_request(), time.perf_counter() - g.began if "began" in g else 0.0
        method = request.method if request.method in METHODS else "OTHER"
        metrics.request_answered(method, pattern, response.status_code, seconds)
        if request.endpoint not in ("static", "web.healthz"):
            fields = {
                "method": method,
                "route": pattern,
                "status": response.status_code,
                "ms": round(seconds * 1000, 1),
            }
            log.info("%s %s %s %.1f ms", *fields.values(), extra=fields)
        return response
