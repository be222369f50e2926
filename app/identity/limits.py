"""Counters in PostgreSQL that slow guessing down, however many processes serve the site."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, func, update
from sqlalchemy.dialects.postgresql import insert

from app.clock import now
from app.driver import prepared
from app.errors import TooMany
from app.extensions import db
from app.identity.models import AttemptCounter

WINDOW = timedelta(minutes=15)
PER_ACCOUNT = 10
# A whole troop may sit behind one address at a camp: only failures count, and a browser that has signed in before
# is counted apart (see rules/signing_in.py), so that nobody locks the others out.
PER_ADDRESS = 100
COUNTERS: Any = AttemptCounter.__table__
COUNT = prepared(
    insert(COUNTERS)
    .values(key=bindparam("counted"), window_start=bindparam("within"), attempts=1)
    .on_conflict_do_update(index_elements=["key", "window_start"], set_={"attempts": AttemptCounter.attempts + 1})
    .returning(AttemptCounter.attempts)
)


def window_of(moment: datetime) -> datetime:
    """The start of the window that ``moment`` falls in."""
    seconds = int(WINDOW.total_seconds())
    return datetime.fromtimestamp(int(moment.timestamp()) // seconds * seconds, UTC)


def spend(key: str, limit: int) -> None:
    """Count one attempt under ``key``; one statement, so that attempts at the same moment are all counted.

    Raises:
        TooMany: more than ``limit`` in this window.
    """
    start = window_of(now())
    if db.session.execute(COUNT, {"counted": key, "within": start}).scalar_one() > limit:
        wait = int((start + WINDOW - now()).total_seconds()) + 1
        minutes = -(-wait // 60)
        raise TooMany(f"Too many attempts. Wait {minutes} minute{'s' if minutes > 1 else ''} and try again.", wait)


def refund(key: str) -> None:
    """The attempt was a success after all: it does not count."""
    db.session.execute(
        update(AttemptCounter)
        .where(AttemptCounter.key == key, AttemptCounter.window_start == window_of(now()))
        .values(attempts=func.greatest(AttemptCounter.attempts - 1, 0))
    )


def sweep() -> None:
    """Forget windows that are over."""
    db.session.execute(delete(AttemptCounter).where(AttemptCounter.window_start < window_of(now()) - WINDOW))
