"""Faults in words that hold nobody's data.

A name is not to be told from any other word, so nothing is searched for names: what may hold one is left out whole. That is
the message of every exception (``invalid literal: 'peanut allergy'``) and what PostgreSQL says about a row. Where the fault
happened, of which type it is and which constraint refused it is enough to find it.
"""

import re
import traceback
from collections.abc import Iterator
from types import TracebackType

import psycopg2

WITHHELD = "message withheld"
MOST = 10  # exceptions that led to one another

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]

EMAIL = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)*")
# Nine digits or more, however they are grouped. The word before it must have ended: an id in hex is no phone, nor is a date, nor
# the port of an address with what follows it.
PHONE = re.compile(r"(?<![\w.-])(?<!\d:)(?!\d{4}-\d\d-\d\d)\+?(?:\(?\d\)?[\s().\-/]{0,2}){8,14}\d(?![\w-])")
# What follows the question mark of an address.
QUERY = re.compile(r"\?[^\s\"'<>]+=[^\s\"'<>]*")


def scrubbed(text: str) -> str:
    """``text`` of a library's own making without emails, phone numbers and queries; a second line of defence, no first."""
    return PHONE.sub("(phone)", EMAIL.sub("(email)", QUERY.sub("?(query)", text)))


def about(error: BaseException) -> str:
    """What may be said of an exception beside its type: for a fault of the database its code and the names of the schema."""
    found = getattr(error, "orig", error)
    if not isinstance(found, psycopg2.Error) or not found.pgcode:
        return WITHHELD
    named = {"constraint": found.diag.constraint_name, "table": found.diag.table_name, "column": found.diag.column_name}
    parts = [f"SQLSTATE {found.pgcode}", *(f"{what} {name}" for what, name in named.items() if name)]
    return f"{WITHHELD}; {', '.join(parts)}"


def chain(error: BaseException) -> Iterator[BaseException]:
    """The exception and those that led to it, as a traceback would show them, the first cause last."""
    following: BaseException | None = error
    for _ in range(MOST):
        if following is None:
            return
        yield following
        following = following.__cause__ or (None if following.__suppress_context__ else following.__context__)


def describe(error: BaseException) -> str:
    """The traceback without messages. The lines of source in it are ours, not a visitor's."""
    parts = []
    for one in reversed(list(chain(error))):
        kind = type(one)
        lines = "".join(traceback.format_tb(one.__traceback__))
        parts.append(f"Traceback (most recent call last):\n{lines}{kind.__module__}.{kind.__qualname__} ({about(one)})")
    return "\n\nwhich led to\n\n".join(parts)
