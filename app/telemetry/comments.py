"""Every statement tells which request sent it: ``/* request_id=4f2c... route=/outings/<uuid:outing_id> */``.

``pg_stat_activity``, PostgreSQL's log of slow statements and a dump of locks then lead to the line in our own log. The
comment is added to the text that goes to the server, behind SQLAlchemy's cache of compiled statements and behind any other
hook, so that it makes no statement a new one: PostgreSQL leaves comments out of the key of ``pg_stat_statements``, too.
"""

import re
from contextvars import ContextVar
from typing import Any

from flask import Flask
from sqlalchemy import Connection, event

from app.extensions import db
from app.request_id import request_id, route

# No asterisk: nothing between the marks can end the comment or open another one. No percent sign: psycopg2 would read it.
UNSAFE = re.compile(r"[^A-Za-z0-9_.:/<>-]", re.ASCII)
LONGEST = 120  # of each value

comment: ContextVar[str] = ContextVar("comment", default="")


def comment_for(**values: str | None) -> str:
    """The comment with its leading space; what is empty is left out, and no value can end it."""
    parts = [f"{name}={UNSAFE.sub('', value)[:LONGEST]}" for name, value in values.items() if value]
    return f" /* {' '.join(parts)} */" if parts else ""


def begin() -> None:
    """A request begins; from here on its statements name it."""
    comment.set(comment_for(request_id=request_id.get(), route=route.get()))


def init_app(app: Flask) -> None:
    """Say it on every statement of every engine of the application."""
    with app.app_context():
        for engine in db.engines.values():
            event.listen(engine, "before_cursor_execute", add, retval=True)


def add(
    _connection: Connection | None, cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool
) -> tuple[str, Any]:
    """What SQLAlchemy calls before a statement leaves.

    A cursor that sends a marked statement by the name of its plan finds the plan by the text: it is handed the comment apart.
    """
    if getattr(cursor, "mark", None):
        cursor.comment = comment.get()
        return statement, parameters
    return statement + comment.get(), parameters
