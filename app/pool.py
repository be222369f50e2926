"""The pool of database connections. Whoever watches it hears when a thread takes one, gives it back or has to wait."""

from typing import Protocol

from sqlalchemy import QueuePool
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.pool import ConnectionPoolEntry


class Watcher(Protocol):
    """Who wants to know."""

    def pool_changed(self, name: str, size: int, taken: int, overflow: int) -> None:
        """So many connections are there beside ``overflow``, and so many are with a thread."""
        ...

    def pool_waited(self, name: str, in_vain: bool) -> None:
        """All were taken."""
        ...


class WatchedPool(QueuePool):
    """SQLAlchemy's pool, which itself tells nobody that it is exhausted."""

    watcher: Watcher | None = None
    # What SQLAlchemy says about it belongs to SQLAlchemy's log, not to the application's.
    _sqla_logger_namespace = "sqlalchemy.pool.impl.QueuePool"

    def _do_get(self) -> ConnectionPoolEntry:
        watcher = WatchedPool.watcher
        if watcher is None:
            return super()._do_get()
        exhausted = self.checkedout() >= self.size() + self._max_overflow
        try:
            entry = super()._do_get()
        except NoConnection:
            watcher.pool_waited(self._name(), in_vain=True)
            raise
        if exhausted:
            watcher.pool_waited(self._name(), in_vain=False)
        self._tell(watcher)
        return entry

    def _do_return_conn(self, record: ConnectionPoolEntry) -> None:
        super()._do_return_conn(record)
        if WatchedPool.watcher is not None:
            self._tell(WatchedPool.watcher)

    def _tell(self, watcher: Watcher) -> None:
        watcher.pool_changed(self._name(), self.size(), self.checkedout(), max(0, self.overflow()))

    def _name(self) -> str:
        return self._orig_logging_name or "primary"
