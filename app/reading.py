"""Plain rows by a statement that is put into SQL once.

On its way through the session a statement costs the web process about ten times what the driver takes to send it: SQLAlchemy finds its text,
its parameters and its kinds of columns again at every execution. For rows that are only printed, all of that is known beforehand.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Executable

from app.driver import MARK, PARAMETERS, READ, parameters_of
from app.extensions import db


class Reading:
    """A statement that reads rows and locks nothing. The driver's own types are what it gives: no ORM objects."""

    def __init__(self, statement: Executable) -> None:
        self.statement = statement

    @cached_property
    def compiled(self) -> Any:
        """In the words of the one dialect that there is."""
        found: Any = self.statement.compile(dialect=db.engine.dialect)  # type: ignore[attr-defined]
        # Its text would differ with the number of values.
        assert not found.post_compile_params, "IN over a list: compare with each value, or with ANY over an array"
        return found

    @cached_property
    def fixed(self) -> dict[str, Any]:
        """The values that are written down in the statement."""
        asked = self.options[PARAMETERS]
        values = self.compiled.construct_params(dict.fromkeys(asked))
        return {name: value for name, value in values.items() if name not in asked}

    @cached_property
    def options(self) -> dict[str, Any]:
        """How the driver is to send it."""
        return {MARK: READ, PARAMETERS: parameters_of(self.compiled)}

    def rows(self, values: Mapping[str, Any]) -> Sequence[Any]:
        """Run it in the session's transaction, if one has begun, after what the session has still to write."""
        if db.session.autoflush:
            db.session.flush()
        return self.on(db.session.connection(), values)

    def on(self, connection: Connection, values: Mapping[str, Any]) -> Sequence[Any]:
        """Run it there, whatever any session has still to write."""
        sent = self.fixed | {name: values[name] for name in self.options[PARAMETERS]}
        return connection.exec_driver_sql(self.compiled.string, sent, self.options).all()
