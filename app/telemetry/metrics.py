"""Figures for Prometheus. Labels have few values and none of them is about a person: a route's pattern, a status, a state.

Only gunicorn switches them on (``serving.py``). Otherwise the library is not even loaded, and to count does nothing.
Each process keeps its figures in files of its own slot; whoever is asked adds them up.
"""

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from app.pool import WatchedPool

if TYPE_CHECKING:
    from prometheus_client import Gauge

# A page is to take 50 ms, and a password's hash 100; an overloaded server gives up after seconds.
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
PENDING = "to be counted after the commit"


class Figures:
    """All of them, each made once in each process tree.

    Args:
        slot: names the process that asks; no two that live at once have the same.
    """

    def __init__(self, slot: Callable[[], str]) -> None:
        from prometheus_client import Counter, Gauge, Histogram, values

        # By default the files are named after the process number: a worker that starts over would leave its files to be read
        # at every scrape for ever.
        values.ValueClass = values.MultiProcessValue(slot)
        own: dict[str, Any] = {"namespace": "scouting", "registry": None}
        self.requests = Counter("requests", "Requests answered.", ["method", "route", "status"], **own)
        self.seconds = Histogram(
            "request_seconds", "Time until the answer was ready.", ["method", "route"], buckets=SECONDS, **own
        )
        self.signups = Counter(
            "signups", "People on outings whose state was changed and committed.", ["before", "after"], **own
        )
        self.sign_ins = Counter("sign_ins", "Attempts to sign in with a password.", ["result"], **own)
        self.pool = Gauge(
            "pool_connections",
            "Database connections of all processes.",
            ["pool", "kind"],
            multiprocess_mode="livesum",
            **own,
        )
        self.pool_waits = Counter("pool_waits", "A thread found every connection taken.", ["pool", "result"], **own)
        self.lists = Counter("lists", "Rosters read, by the PostgreSQL that answered.", ["source"], **own)
        self.revision = Gauge(
            "migrations_revision",
            "1 for the revision of the code, and for the one that /readyz last found in the database.",
            ["of", "revision"],
            multiprocess_mode="mostrecent",
            **own,
        )

    def pool_changed(self, name: str, size: int, taken: int, overflow: int) -> None:
        """What ``WatchedPool`` tells."""
        for kind, number in (("size", size), ("checked_out", taken), ("overflow", overflow)):
            self.pool.labels(name, kind).set(number)

    def pool_waited(self, name: str, in_vain: bool) -> None:
        """What ``WatchedPool`` tells."""
        self.pool_waits.labels(name, "gave_up" if in_vain else "served").inc()


figures: Figures | None = None


def begin(slot: Callable[[], str]) -> None:
    """From now on everything is counted."""
    global figures
    figures = WatchedPool.watcher = Figures(slot)


def end() -> None:
    """From now on nothing is."""
    global figures
    figures = WatchedPool.watcher = None


def request_answered(method: str, route: str, status: int, seconds: float) -> None:
    """One request."""
    if figures is not None:
        figures.requests.labels(method, route, status).inc()
        figures.seconds.labels(method, route).observe(seconds)


def sign_in_answered(result: str) -> None:
    """``success``, ``refused`` or ``too_many``; never whose."""
    if figures is not None:
        figures.sign_ins.labels(result).inc()


def list_read(source: str) -> None:
    """A list that may come from the ``replica`` came from there, or from the ``primary``."""
    if figures is not None:
        figures.lists.labels(source).inc()


def revision_found(of: str, revisions: Collection[str]) -> None:
    """Of the ``code`` or the ``database``; whatever was found before no longer is."""
    if figures is not None:
        _set_only(figures.revision, of, ", ".join(sorted(revisions)) or "none")


def _set_only(gauge: "Gauge", of: str, revision: str) -> None:
    # Two threads of one process may both find the same; that does no harm.
    for known_of, known in list(gauge._metrics):
        if known_of == of and known != revision:
            gauge.labels(known_of, known).set(0)
    gauge.labels(of, revision).set(1)


def state_changes(session: Session, before: str | None, after: str | None) -> None:
    """Somebody on an outing gets another state, counted when the transaction is committed, and never if it is not."""
    if figures is not None and before != after:
        session.info.setdefault(PENDING, []).append((before or "new", after or "none"))


def committed(session: Session) -> None:
    """What SQLAlchemy calls when a transaction has been committed."""
    # The end of a savepoint is no commit yet.
    if not session.in_nested_transaction():
        for before, after in session.info.pop(PENDING, ()):
            if figures is not None:
                figures.signups.labels(before, after).inc()


def rolled_back(session: Session) -> None:
    """What SQLAlchemy calls when a transaction has been taken back."""
    session.info.pop(PENDING, None)


event.listen(Session, "after_commit", committed)
event.listen(Session, "after_rollback", rolled_back)
