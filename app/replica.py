"""A second PostgreSQL that follows the first, for the lists that leaders read. Nothing that decides is ever read there.

It is asked only when it is known to be at most ``MOST_BEHIND`` seconds behind, and only for a page of somebody who has not
just written: whoever saves a row reads it from where it was saved. In every other case, and when it fails, the first
PostgreSQL answers, so that without a replica everything is as it was, only slower.

How far behind it is follows from positions in the log that both write: what the first one had reached at a moment that this
process remembers, the replica has reached by now or has not. No clock of a server is asked, and a replica that has lost its
primary without noticing is found out.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Sequence
from contextvars import ContextVar
from typing import Any

from flask import Flask, current_app
from sqlalchemy import Engine, NullPool, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from app.config import NETWORK, Config
from app.extensions import db
from app.reading import Reading
from app.telemetry import metrics

MOST_BEHIND = 5.0  # seconds
CHECK_EVERY = 1.0
# How long whoever has written reads from where it was written; by then the replica has it, or is not asked.
OWN_WRITES = MOST_BEHIND + 5
BIND = "replica"
POSITION = text("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint")
REPLAYED = text("SELECT pg_is_in_recovery(), pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0')::bigint")
log = logging.getLogger(__name__)

# Whether the request at hand may read there; the edge of the web says so.
allowed: ContextVar[bool] = ContextVar("allowed", default=False)


class Replica:
    """What one process knows of it."""

    def __init__(self, primary: Engine, engine: Engine) -> None:
        self.engine = engine
        # Apart from the pools: a connection made outside of a request lacks the limits that a request's has.
        self.probes = [create_engine(one.url, poolclass=NullPool, connect_args=NETWORK) for one in (primary, engine)]
        self.behind: float | None = None  # seconds, at the last look; None: unknown or not to be used
        self.looked_at = float("-inf")
        self.seen: deque[tuple[float, int]] = deque(maxlen=30)  # when the primary had reached which position
        self.looking = threading.Lock()

    def is_fresh(self) -> bool:
        """Whether it may be asked. A look that is due is taken by another thread: no visitor waits for it."""
        age = time.monotonic() - self.looked_at
        if age > CHECK_EVERY and not self.looking.locked():
            threading.Thread(target=self.look, name="replica", daemon=True).start()
        return self.behind is not None and self.behind + age <= MOST_BEHIND

    def look(self) -> None:
        """Find out how far behind it is."""
        if not self.looking.acquire(blocking=False):
            return
        try:
            at = time.monotonic()
            before, self.behind = self.behind, self._measure(at)
            self.looked_at = at
            if (before is None) != (self.behind is None):
                log.warning("the replica is %s", "not used" if self.behind is None else "used")
        finally:
            self.looking.release()

    def distrust(self) -> None:
        """It failed: not to be asked again before the next look."""
        self.behind, self.looked_at = None, time.monotonic()

    def _measure(self, at: float) -> float | None:
        try:
            with self.probes[0].connect() as connection:
                reached: int = connection.execute(POSITION).scalar_one()
            with self.probes[1].connect() as connection:
                follows, replayed = connection.execute(REPLAYED).one()
        except SQLAlchemyError:
            return None
        if not follows:
            return None
        behind = 0.0 if replayed >= reached else None
        for moment, position in reversed(self.seen):
            if behind is None and position <= replayed:
                behind = at - moment
        self.seen.append((at, reached))
        return behind


def init_app(app: Flask, config: Config) -> None:
    """Find the replica's engine, which Flask-SQLAlchemy has made, if there is one."""
    if config.replica_url:
        with app.app_context():
            app.extensions[BIND] = Replica(db.engine, db.engines[BIND])


def rows(statement: Reading, values: dict[str, Any], *, at_home: Reading | None = None) -> Sequence[Any]:
    """Plain rows for a list that decides nothing, from the replica if it may be asked, otherwise from the primary. ``at_home`` is asked
    there instead, if it reads more along with the list that the replica may not answer.
    """
    replica: Replica | None = current_app.extensions.get(BIND)
    if replica is not None and allowed.get() and replica.is_fresh():
        try:
            with replica.engine.connect() as connection:
                found = statement.on(connection, values)
        except SQLAlchemyError:
            log.warning("the replica failed; the primary answers")
            replica.distrust()
        else:
            metrics.list_read("replica")
            return found
    metrics.list_read("primary")
    return (at_home or statement).rows(values)
