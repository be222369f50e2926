"""Counters in PostgreSQL that slow guessing down, however many processes serve the site."""

from datetime import UTC, datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
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
NETWORK = 64  # bits: what a provider gives to one house at least
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


def counted(key: str) -> str:
    """The key under which it is kept: whoever has an IPv6 address has its whole network, and counts as one."""
    what, mark, address = key.partition("address:")
    try:
        found = ip_address(address)
    except ValueError:
        return key
    if isinstance(found, IPv6Address) and found.ipv4_mapped is None:
        return f"{what}{mark}{ip_network((found, NETWORK), strict=False)}"
    return key


def spend(key: str, limit: int) -> None:
    """Count one attempt under ``key``; one statement, so that attempts at the same moment are all counted.

    Raises:
        TooMany: more than ``limit`` in this window.
    """
    start = window_of(now())
    if db.session.execute(COUNT, {"counted": counted(key), "within": start}).scalar_one() > limit:
        wait = int((start + WINDOW - now()).total_seconds()) + 1
        minutes = -(-wait // 60)
        raise TooMany(f"Too many attempts. Wait {minutes} minute{'s' if minutes > 1 else ''} and try again.", wait)


def refund(key: str) -> None:
    """The attempt was a success after all: it does not count."""
    db.session.execute(
        update(AttemptCounter)
        .where(AttemptCounter.key == counted(key), AttemptCounter.window_start == window_of(now()))
        .values(attempts=func.greatest(AttemptCounter.attempts - 1, 0))
    )


def sweep() -> None:
    """Forget windows that are over."""
    db.session.execute(delete(AttemptCounter).where(AttemptCounter.window_start < window_of(now()) - WINDOW))
