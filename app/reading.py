"""Plain rows by a statement that is put into SQL once.

On its way through the session a statement costs the web process about ten times what the driver takes to send it: SQLAlchemy finds its text,
its parameters and its kinds of columns again at every execution. For rows that are only printed, all of that is known beforehand, so
they are asked of the driver itself. Whoever listens to SQLAlchemy's statements hears of them all the same.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Generic, TypeVar

import psycopg2
from sqlalchemy import Connection, Executable
from sqlalchemy.orm import InstrumentedAttribute, class_mapper, make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value

from app.driver import PREPARED, READ, THEN, parameters_of
from app.extensions import db

Row = tuple[Any, ...]
Model = TypeVar("Model")


class Reading:
    """A statement that reads rows. It gives tuples of the driver's own types: no ORM objects.

    Args:
        after: locks what the rows are counted from; it goes before the statement, in the same message. A statement that did both
            would see what was committed before it had to wait for the lock.
    """

    def __init__(self, statement: Executable, *, after: Executable | None = None) -> None:
        self.statements = (statement,) if after is None else (after, statement)
        self.mark = READ if after is None else PREPARED

    @cached_property
    def compiled(self) -> list[Any]:
        """In the words of the one dialect that there is."""
        found: list[Any] = [one.compile(dialect=db.engine.dialect) for one in self.statements]  # type: ignore[attr-defined]
        # Its text would differ with the number of values.
        listed = any(one.post_compile_params for one in found)
        assert not listed, "IN over a list: compare with each value, or with ANY over an array"
        return found

    @cached_property
    def text(self) -> str:
        """What is sent."""
        return THEN.join(one.string for one in self.compiled)

    @cached_property
    def asked(self) -> frozenset[str]:
        """What it is asked with at each execution."""
        return frozenset(name for one in self.compiled for name in parameters_of(one))

    @cached_property
    def fixed(self) -> dict[str, Any]:
        """The values that are written down in the statement."""
        values = [one.construct_params(dict.fromkeys(self.asked)) for one in self.compiled]
        return {name: value for found in values for name, value in found.items() if name not in self.asked}

    def rows(self, values: Mapping[str, Any]) -> list[Row]:
        """Run it in the session's transaction, if one has begun, after what the session has still to write."""
        session = db.session()
        if session.autoflush:
            session.flush()
        return self.on(session.connection(), values)

    def on(self, connection: Connection, values: Mapping[str, Any]) -> list[Row]:
        """Run it there, whatever any session has still to write."""
        sent = self.fixed | {name: values[name] for name in self.asked}
        found: list[Row] = send(connection, self.text, sent, self.mark, self.asked).fetchall()
        return found


def send(connection: Connection, text: str, values: Mapping[str, Any], mark: str, asked: frozenset[str]) -> Any:
    """Give a statement to the driver and return the cursor. ``asked`` are those of its ``values`` that differ each time.

    Raises:
        DBAPIError: as SQLAlchemy has it, of whatever the driver says.
    """
    cursor: Any = connection.connection.cursor()
    cursor.mark, cursor.parameters = mark, asked
    for hear in connection.dispatch.before_cursor_execute:
        text, values = hear(connection, cursor, text, values, None, False)
    try:
        cursor.execute(text, values)
    except psycopg2.Error as error:
        connection._handle_dbapi_exception(error, text, values, cursor, None)
    return cursor


class Whole(Generic[Model]):
    """All columns of a model in a ``Reading``, and the session's object that such a row makes."""

    def __init__(self, model: type[Model]) -> None:
        self.mapper = class_mapper(model, configure=False)  # other rooms may still be moving in
        self.names = tuple(self.mapper.columns.keys())
        self.columns: list[InstrumentedAttribute[Any]] = [getattr(model, name) for name in self.names]
        self.size = len(self.names)
        self.id = self.names.index("id")

    def put(self, row: Sequence[Any], **related: Any) -> Model:
        """The object, as if the session had read it: what it knows already it keeps. ``related`` are objects that belong to it."""
        session = db.session()
        values = dict(zip(self.names, row, strict=False)) | related
        known: Model | None = session.identity_map.get(self.mapper.identity_key_from_primary_key((row[self.id],)))
        if known is not None:
            for name in values.keys() - known.__dict__.keys():
                set_committed_value(known, name, values[name])
            return known
        new: Model = self.mapper.class_manager.new_instance()
        new.__dict__.update(values)
        make_transient_to_detached(new)
        session.add(new)
        return new
