"""The id of the request being answered, for logs, the audit trail and the SQL, without any web framework."""

import re
from contextvars import ContextVar

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
# The pattern of its route, such as /outings/<uuid:outing_id>; never the address.
route: ContextVar[str | None] = ContextVar("route", default=None)

HARMLESS = re.compile(r"[0-9A-Fa-f_-]{1,64}")


def is_harmless(given: str) -> bool:
    """Whether an id that somebody else chose can stand in a log line as it is: a UUID can, a word cannot."""
    return HARMLESS.fullmatch(given) is not None
