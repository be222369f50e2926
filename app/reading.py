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

from app.driver import READ, parameters_of
from app.extensions import db

Row = tuple[Any, ...]
Model = TypeVar("Model")


class Reading:
    """A statement that reads rows and locks nothing. It gives tuples of the driver's own types: no ORM objects."""

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
    def asked(self) -> frozenset[str]:
        """What it is asked with at each execution."""
        return parameters_of(self.compiled)

    @cached_property
    def fixed(self) -> dict[str, Any]:
        """The values that are written down in the statement."""
        values = self.compiled.construct_params(dict.fromkeys(self.asked))
        return {name: value for name, value in values.items() if name not in self.asked}

    def rows(self, values: Mapping[str, Any]) -> list[Row]:
        """Run it in the session's transaction, if one has begun, after what the session has still to write."""
        session = db.session()
        if session.autoflush:
            session.flush()
        return self.on(session.connection(), values)

    def on(self, connection: Connection, values: Mapping[str, Any]) -> list[Row]:
        """Run it there, whatever any session has still to write.

        Raises:
            DBAPIError: as SQLAlchemy has it, of whatever the driver says.
        """
        text: str = self.compiled.string
        sent = self.fixed | {name: values[name] for name in self.asked}
        cursor: Any = connection.connection.cursor()
        cursor.mark, cursor.parameters = READ, self.asked
        for hear in connection.dispatch.before_cursor_execute:
            text, sent = hear(connection, cursor, text, sent, None, False)
        try:
            cursor.execute(text, sent)
            found: list[Row] = cursor.fetchall()
        except psycopg2.Error as error:
            connection._handle_dbapi_exception(error, text, sent, cursor, None)
        return found


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
