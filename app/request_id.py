"""The id of the request being answered, for logs and the audit trail, without any web framework."""

from contextvars import ContextVar

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
