"""Faults to Sentry, or to whatever speaks its protocol, when SENTRY_DSN is set; otherwise the library is not loaded.

The library collects by itself whatever it can reach: bodies, cookies, local variables, SQL. So nothing of it is switched on,
and what it makes of a fault is not searched for personal data but written anew from the few parts that hold none.
"""

import logging
from collections.abc import Mapping
from typing import Any

from app.config import Config
from app.request_id import request_id, route
from app.telemetry.private import WITHHELD, about, chain, scrubbed

OF_EVENT = ("event_id", "timestamp", "platform", "level", "environment", "release", "logger")
OF_FRAME = (
    "filename",
    "abs_path",
    "module",
    "function",
    "lineno",
    "pre_context",
    "context_line",
    "post_context",
    "in_app",
)


def init(config: Config) -> None:
    """Send what is logged as an error."""
    if not config.sentry_dsn:
        return
    import sentry_sdk
    from sentry_sdk.integrations.atexit import AtexitIntegration

    sentry_sdk.init(
        dsn=config.sentry_dsn,
        environment=config.environment,
        server_name="",
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[AtexitIntegration(callback=lambda pending, timeout: None)],
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        traces_sample_rate=None,
        auto_session_tracking=False,
        send_client_reports=False,
        spotlight=False,
        before_send=outgoing,
        before_breadcrumb=lambda *_: None,
        before_send_transaction=lambda *_: None,
        before_send_log=lambda *_: None,
        before_send_metric=lambda *_: None,
    )
    logger = logging.getLogger("app")
    logger.handlers[:] = [*(one for one in logger.handlers if not isinstance(one, Reporter)), Reporter(logging.ERROR)]


class Reporter(logging.Handler):
    """Hands errors of the application over; the library's own would hand over the message with its values."""

    def emit(self, record: logging.LogRecord) -> None:
        """The fault itself, or the sentence without what was put into it."""
        import sentry_sdk

        if record.exc_info and record.exc_info[1]:
            sentry_sdk.capture_exception(record.exc_info)
        else:
            sentry_sdk.capture_event({"level": "error", "logger": record.name, "message": str(record.msg)})


def outgoing(event: Mapping[str, Any], hint: Mapping[str, Any]) -> Any:
    """The event of which every part is known to hold nobody's data."""
    kept: dict[str, Any] = {name: event[name] for name in OF_EVENT if name in event}
    if isinstance(event.get("message"), str):
        kept["message"] = scrubbed(event["message"])
    if values := (event.get("exception") or {}).get("values"):
        error = (hint.get("exc_info") or (None, None))[1]
        errors = list(chain(error))[::-1] if error else []
        said = [about(one) for one in errors] if len(errors) == len(values) else [WITHHELD] * len(values)
        kept["exception"] = {"values": [fault(value, words) for value, words in zip(values, said, strict=True)]}
    tags = {"request_id": request_id.get(), "route": route.get()}
    kept["tags"] = {name: value for name, value in tags.items() if value}
    return kept


def fault(value: Mapping[str, Any], said: str) -> dict[str, Any]:
    """One exception: its type, where it was raised, and what may be said of it."""
    frames = (value.get("stacktrace") or {}).get("frames") or []
    return {
        "type": value.get("type"),
        "module": value.get("module"),
        "value": said,
        "mechanism": {"type": "logging", "handled": True},
        "stacktrace": {"frames": [{name: frame[name] for name in OF_FRAME if name in frame} for frame in frames]},
    }
