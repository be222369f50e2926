"""Every row that points to a person, as the catalogue of tables knows them: read whole, compared, and put back.

Rows are read as JSON and written from JSON, because a merge is about tables that it knows nothing of but that they point to people.
"""

import json
import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Table, text

from app.extensions import Base, db

Row = dict[str, Any]
Rows = dict[str, list[Row]]
# Follows from other rows and is made anew (members/following.py), or counts changes and never goes back.
NOT_COMPARED = {"search", "version"}
CHILDREN = {"positions": ("membership_id", "memberships")}
RIGHTS = ("may_sign_up", "may_consent", "may_see_health")


@dataclass(frozen=True)
class Change:
    """A row that a merge moved or altered: its key afterwards, and what each column was before and after."""

    table: str
    key: Row
    columns: dict[str, list[Any]]


@dataclass
class Difference:
    """What a merge did to the rows of two people, in an order in which it can be taken back."""

    changed: list[Change] = field(default_factory=list)
    removed: list[tuple[str, Row]] = field(default_factory=list)
    added: list[tuple[str, Row]] = field(default_factory=list)

    def to_json(self) -> str:
        """As it is sealed."""
        changed = [[change.table, change.key, change.columns] for change in self.changed]
        return json.dumps({"changed": changed, "removed": self.removed, "added": self.added})

    @classmethod
    def from_json(cls, text: str) -> "Difference":
        """As it was sealed."""
        said = json.loads(text)
        return cls(
            [Change(*change) for change in said["changed"]],
            [(table, row) for table, row in said["removed"]],
            [(table, row) for table, row in said["added"]],
        )


def pointing() -> dict[str, list[str]]:
    """Tables whose rows point to a person, and by which columns; parents before their children."""
    found: dict[str, list[str]] = {}
    for table in Base.metadata.sorted_tables:
        columns = sorted(key.parent.name for key in table.foreign_keys if key.target_fullname == "people.id")
        if columns:
            found[table.name] = columns
    return found


def table_of(name: str) -> Table:
    """One of ours."""
    return Base.metadata.tables[name]


def rows_of(people: Collection[uuid.UUID]) -> Rows:
    """All rows of these people, their own first, and those that hang on their places. A statement for each table."""
    ids = [str(id) for id in people]
    # Moments as JSON would otherwise depend on the session's time zone.
    db.session.execute(text("SET LOCAL TimeZone = 'UTC'"))
    found: Rows = {"people": select_rows("people", "id = ANY (CAST(:ids AS uuid[]))", ids)}
    for name, columns in pointing().items():
        found[name] = select_rows(name, " OR ".join(f"{c} = ANY (CAST(:ids AS uuid[]))" for c in columns), ids)
    for name, (column, parent) in CHILDREN.items():
        parents = [row["id"] for row in found[parent]]
        found[name] = select_rows(name, f"{column} = ANY (CAST(:ids AS uuid[]))", parents)
    return found


def select_rows(name: str, where: str, ids: list[str]) -> list[Row]:
    """Whole rows of one table; names are ours, never anybody's input."""
    found = db.session.scalars(text(f"SELECT to_jsonb(t) FROM {name} t WHERE {where}"), {"ids": ids})  # nosec B608
    return [row if isinstance(row, dict) else json.loads(row) for row in found]


def key_of(name: str, row: Row) -> Row:
    """The columns of the primary key."""
    return {column.name: row[column.name] for column in table_of(name).primary_key}


def difference(before: Rows, after: Rows, kept: uuid.UUID, gone: uuid.UUID) -> Difference:
    """What became of every row. A key that named the one who is gone names the one who is kept, if the row was moved."""
    found = Difference()
    for name, rows in before.items():
        now_there = {as_text(key_of(name, row)): row for row in after.get(name, [])}
        matched: set[str] = set()
        # Rows that kept their key first: of two that end under one key, the other was removed.
        for by_moving in (False, True):
            for row in rows:
                key = key_of(name, row)
                is_of_gone = str(gone) in key.values()
                if is_of_gone != by_moving:
                    continue
                moved = {column: str(kept) if value == str(gone) else value for column, value in key.items()}
                wanted = as_text(moved)
                if name == "people" and is_of_gone:
                    wanted = as_text(key)
                if wanted in now_there and wanted not in matched:
                    matched.add(wanted)
                    note_changes(found, name, row, now_there[wanted])
                else:
                    found.removed.append((name, row))
        found.added += [(name, row) for key_text, row in now_there.items() if key_text not in matched]
    watch_guardians(found, after, kept)
    return found


def watch_guardians(found: Difference, after: Rows, kept: uuid.UUID) -> None:
    """Of whoever was a guardian by both rows one is removed: note what the other says now, even if the merge has not changed it, so that
    an undo notices what an admin has taken from this guardian since.
    """
    stay = {row["user_id"]: row for row in after.get("guardians", ()) if row["person_id"] == str(kept)}
    noted = {change.key["user_id"]: change for change in found.changed if change.table == "guardians"}
    for row in [row for table, row in found.removed if table == "guardians"]:
        if twin := stay.get(row["user_id"]):
            if row["user_id"] not in noted:
                found.changed.append(Change("guardians", key_of("guardians", twin), {}))
            columns = noted.get(row["user_id"], found.changed[-1]).columns
            columns.update({name: [twin[name]] * 2 for name in RIGHTS if name not in columns})


def note_changes(found: Difference, name: str, before: Row, after: Row) -> None:
    """The columns that differ."""
    columns = {c: [before[c], after[c]] for c in before if c not in NOT_COMPARED and before[c] != after[c]}
    if columns:
        found.changed.append(Change(name, key_of(name, after), columns))


def as_text(key: Row) -> str:
    """To look keys up by."""
    return json.dumps(key, sort_keys=True)


def current(name: str, key: Row) -> Row | None:
    """The row that has this key now."""
    where = " AND ".join(f"t.{column} = CAST(:{column} AS {type_of(name, column)})" for column in key)
    found = db.session.scalar(text(f"SELECT to_jsonb(t) FROM {name} t WHERE {where}"), key)  # nosec B608
    row: Row | None = json.loads(found) if isinstance(found, str) else found
    return row


def type_of(name: str, column: str) -> str:
    """As PostgreSQL calls it."""
    return str(table_of(name).c[column].type.compile(dialect=db.engine.dialect))


def put_back(change: Change) -> None:
    """Write what was there before the merge into a row that it changed."""
    sets = ", ".join(f"{column} = old.{column}" for column in change.columns)
    where = " AND ".join(
        f"t.{column} = CAST(:key_{column} AS {type_of(change.table, column)})" for column in change.key
    )
    before = {column: values[0] for column, values in change.columns.items()}
    db.session.execute(
        text(
            f"UPDATE {change.table} t SET {sets} FROM jsonb_populate_record(NULL::{change.table}, CAST(:before AS jsonb)) old"
            f" WHERE {where}"
        ),  # nosec B608
        {"before": json.dumps(before)} | {f"key_{column}": value for column, value in change.key.items()},
    )


def insert(name: str, row: Row) -> None:
    """A row that the merge removed."""
    columns = ", ".join(row)
    db.session.execute(
        text(
            f"INSERT INTO {name} ({columns}) SELECT {columns} FROM jsonb_populate_record(NULL::{name}, CAST(:row AS jsonb))"
        ),  # nosec B608
        {"row": json.dumps(row)},
    )


def remove(name: str, row: Row) -> None:
    """A row that the merge added."""
    key = key_of(name, row)
    where = " AND ".join(f"{column} = CAST(:{column} AS {type_of(name, column)})" for column in key)
    db.session.execute(text(f"DELETE FROM {name} WHERE {where}"), key)  # nosec B608
