"""Many rows of several tables in one statement.

Whoever holds an outing's lock makes everybody behind wait, and most of that wait is round trips: a sign-up's party,
people, permission, audit entries and submission go to the database together.
"""

import json
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeVar, cast

from sqlalchemy import ColumnElement, TextClause, delete, func, inspect, literal_column, select, text

from app import reading
from app.driver import LAST, PREPARED
from app.extensions import Model, db

Row = TypeVar("Row", bound=Model)


class Fresh:
    """A new row that no session knows: the columns' values, without the bookkeeping of a model's object."""

    model: type[Model]


def fresh(model: type[Row], **values: Any) -> Row:
    """A row for ``insert_together``, with the Python defaults of its columns. It has the attributes of the model and nothing else of it."""
    row: Any = fresh_class(model)()
    for name, default in python_defaults(model).items():
        if name not in values:
            values[name] = default.arg(None) if default.is_callable else default.arg
    vars(row).update(values)
    return cast("Row", row)


@lru_cache(maxsize=64)
def fresh_class(model: type[Model]) -> type[Fresh]:
    """What is not set is None."""
    nothing = dict.fromkeys(column_names(model))
    return type(model.__name__, (Fresh,), {**nothing, "__tablename__": model.__tablename__, "model": model})


def insert_together(rows: Iterable[Model], *, last: bool = False) -> None:
    """Insert new rows: ``fresh`` ones, or objects that are attached to no session. Foreign keys among them are checked when all are in,
    so that their order is free.

    Python defaults apply; columns with a server default only must be set. With ``last`` they go with the commit, whose error is then theirs.
    """
    tables: dict[type[Model], list[dict[str, Any]]] = {}
    for row in rows:
        model, values = (row.model, vars(row)) if isinstance(row, Fresh) else (type(row), columns_of(row))
        # What is not there is NULL.
        tables.setdefault(model, []).append({name: value for name, value in values.items() if value is not None})
    if tables:
        values = {model.__tablename__: to_json(found) for model, found in tables.items()}
        insert_statement(tuple(tables)).send(values, last=last)


class Writing:
    """SQL that is put together once, and sent by name from then on.

    Args:
        sql: its values as psycopg2 writes them, ``%(name)s``.
    """

    def __init__(self, sql: str, names: Iterable[str]) -> None:
        self.sql, self.asked = sql, frozenset(names)

    def send(self, values: Mapping[str, str], *, last: bool = False) -> None:
        """In the session's transaction; the ``last`` of it goes with the commit."""
        reading.send(db.session.connection(), self.sql, values, LAST if last else PREPARED, self.asked)


@lru_cache(maxsize=64)
def insert_statement(models: tuple[type[Model], ...]) -> Writing:
    """``INSERT`` for each model, joined by WITH; the rows come as JSON, which PostgreSQL turns into the table's types."""
    inserts = []
    for model in models:
        table = model.__tablename__
        names = ", ".join(f'"{name}"' for name in column_names(model))
        rows = f"jsonb_populate_recordset(NULL::{table}, CAST(%({table})s AS jsonb))"
        inserts.append(f"INSERT INTO {table} ({names}) SELECT {names} FROM {rows}")
    *first, last = inserts
    withs = ", ".join(f"w{number} AS ({insert})" for number, insert in enumerate(first))
    return Writing(f"WITH {withs} {last}" if first else last, (model.__tablename__ for model in models))


def update_together(rows: Sequence[Model], columns: tuple[str, ...]) -> None:
    """Write ``columns`` of rows of one table that are attached to no session. The caller holds their locks."""
    if rows:
        model = type(rows[0])
        names = (*key_names(model), *columns)
        found = [{name: row.__dict__.get(name) for name in names} for row in rows]
        db.session.execute(update_statement(model, columns), {"rows": to_json(found)})


@lru_cache(maxsize=64)
def update_statement(model: type[Model], columns: tuple[str, ...]) -> TextClause:
    """One UPDATE from rows that come as JSON."""
    table = model.__tablename__
    values = ", ".join(f'"{name}" = new."{name}"' for name in columns)
    same = " AND ".join(f'old."{name}" = new."{name}"' for name in key_names(model))
    rows = f"jsonb_populate_recordset(NULL::{table}, CAST(:rows AS jsonb))"
    return text(f"UPDATE {table} old SET {values} FROM {rows} new WHERE {same}")


@lru_cache(maxsize=64)
def key_names(model: type[Model]) -> tuple[str, ...]:
    """The columns of the primary key."""
    return tuple(column.key for column in inspect(model).primary_key if column.key)


@lru_cache(maxsize=64)
def column_names(model: type[Model]) -> tuple[str, ...]:
    """The table's columns; the models name attributes and columns alike."""
    return tuple(column.key for column in inspect(model).columns)


@lru_cache(maxsize=64)
def python_defaults(model: type[Model]) -> dict[str, Any]:
    """Column -> default, a value or a function of the SQLAlchemy context."""
    return {column.key: column.default for column in inspect(model).columns if column.default is not None}


def columns_of(row: Model) -> dict[str, Any]:
    """The row as JSON will carry it, with the defaults that SQLAlchemy would have filled in."""
    values = {name: row.__dict__.get(name) for name in column_names(type(row))}
    for name, default in python_defaults(type(row)).items():
        if values[name] is None:
            values[name] = default.arg(None) if default.is_callable else default.arg
    return values


AS_TEXT: dict[type, Callable[[Any], str]] = {
    uuid.UUID: str,
    Decimal: str,
    datetime: datetime.isoformat,
    date: date.isoformat,
}


def plain(value: Any) -> str:
    """What JSON has no word for, as PostgreSQL reads it."""
    return AS_TEXT[type(value)](value)


to_json = json.JSONEncoder(default=plain, check_circular=False).encode


def delete_some(model: type[Model], condition: ColumnElement[bool], most: int) -> int:
    """Delete up to so many of the rows that meet ``condition``, leaving those out that somebody holds. Returns how many."""
    place: ColumnElement[Any] = literal_column(f"{model.__tablename__}.ctid")
    # The place of a row is where PostgreSQL finds it without an index; a row that is locked stays where it is.
    some = select(place).select_from(model).where(condition).limit(most).with_for_update(skip_locked=True)
    deleted = db.session.execute(delete(model).where(place == func.any(func.array(some.scalar_subquery()))))
    return int(deleted.rowcount)  # type: ignore[attr-defined]
