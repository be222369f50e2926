"""What gunicorn itself has to say, in the same form as the application and as silent about visitors.

Its own words for a request that fails hold the address of the visitor or of the page.
"""

import logging
import re
from typing import Any

from gunicorn.glogging import Logger

from app.config import Config, ConfigError
from app.web.logs import OfOthers, WithRequestId, formatter

ADDRESSES = (
    # "Invalid request from ip=203.0.113.7: Invalid HTTP request line: 'GET /?name=Ava'"
    (re.compile(r"(Invalid request) from ip=.*", re.DOTALL), r"\1"),
    # "Error handling request GET /welcome/token?next=..."
    (re.compile(r"(Error handling request) [^(].*", re.DOTALL), r"\1"),
)


class WithoutAddresses(logging.Filter):
    """Cuts off what a visitor has sent."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always keeps the record."""
        text = record.getMessage()
        for pattern, kept in ADDRESSES:
            text = pattern.sub(kept, text)
        record.msg, record.args = text, None
        return True


class ServerLog(Logger):
    """The log of the server; gunicorn.conf.py names it."""

    def setup(self, cfg: Any) -> None:
        """Take the application's form over, unless its settings are wrong: whoever reads that sentence needs no JSON."""
        super().setup(cfg)
        try:
            config = Config.load()
        except ConfigError:
            return
        for handler in self.error_log.handlers:
            handler.setFormatter(formatter(config.log_format, config.environment))
            handler.filters[:] = [WithoutAddresses(), OfOthers(), WithRequestId()]
