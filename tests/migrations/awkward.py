"""Rows that a migration could trip over, in every table of ours in whatever schema is there: filled from the catalogue, not by hand.

So a table or a column that a later revision adds is filled, too. Values that a CHECK knows by name stand in ``KNOWN``.
"""

import hashlib
import uuid
from dataclasses import dataclass, field
from typing import Any

from psycopg2 import errors
from psycopg2.extras import Json

EMOJI = "Zoë 🏕️ O'Brien — \\ %s :x"
LONG = "ö" * 80
# Around the hour that a clock in Chicago shows twice, and years away.
TIMES = ("2026-11-01 01:30:00-05", "2026-11-01 01:30:00-06", "1999-12-31 23:59:59.999999+00", "2037-03-08 02:30+14")
ROWS = 6


def identity(table: str, row: int) -> str:
    """The same id at every run; a child of row 3 refers to row 3 of its parent, which keeps composite keys whole."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{table} {row}"))


PAIRS = [(identity("people", row), identity("people", (row + 1) % ROWS)) for row in range(ROWS)]
KNOWN: dict[str, tuple] = {
    "users.email": tuple(f"Ü{number}{'x' * 60}@example.org" for number in range(ROWS)),
    "users.username": ("admin", None, "nø-name", "🏕", None, "a b"),
    "second_factors.kind": ("app", "passkey"),
    "second_factors.secret": ("sealed",),
    "second_factors.credential_id": tuple(f"key {number}" for number in range(ROWS)),
    "second_factors.public_key": ("key",),
    "second_factors.sign_count": (0, 4294967295),
    "mail_failures.job_id": (*range(1, ROWS), 2**63 - 1),
    # With an address where the purpose brings one.
    "emailed_links.purpose": ("email", "sign_in", "email_back", "password"),
    "emailed_links.email": ("new@example.org", None, "old@example.org", None),
    "invitations.email": ("invited@example.org",),
    "join_requests.state": ("waiting", "unproved", "accepted", "unproved", "declined", "unproved"),
    "units.kind": ("troop", "pack", "crew"),
    "units.time_zone": ("America/Chicago", "Asia/Kathmandu", "Pacific/Chatham"),
    "units.policy_preset": ("scouting_america", "scouts_uk", "neutral"),
    "roles.name": ("leader", "admin"),
    "people.kind": ("adult",),
    "people.gender": ("female", None, "other"),
    "people.swim_class": ("swimmer", None),
    "people.birth_date": ("1900-01-02", None, "2024-02-29"),
    "people.photo_consent": ("none", None, "public_unnamed"),
    "people.photo_consent_at": (TIMES[0], None, TIMES[1]),
    "people.grade": (0, None, 12),
    "people.grade_said_on": ("2024-02-29", None, "1999-12-31"),
    "training_claims.state": ("waiting", "confirmed", "refused", "withdrawn"),
    "training_claims.decided_at": (None, TIMES[0], TIMES[1], TIMES[2]),
    "training_claims.expires_on": ("2024-02-29",),
    "health_notes.sealed": (b"\x00\xff", None),
    "health_notes.key_id": ("0a1b2c3d", None),
    "health_notes.flags": (b"\xff", None),
    "memberships.since": ("2020-02-29",),
    "memberships.until": (None, "2026-11-23"),
    "memberships.search": (None, "'word'"),
    "positions.since": (None, "2020-02-29"),
    "positions.until": (None, "2026-11-23"),
    "transfers.state": ("waiting", "accepted", "declined", "withdrawn"),
    # A transfer leads to another unit, and of two people the smaller id comes first.
    "transfers.to_unit_id": tuple(identity("units", (row + 1) % ROWS) for row in range(ROWS)),
    "distinct_people.person_id": tuple(min(pair) for pair in PAIRS),
    "distinct_people.other_id": tuple(max(pair) for pair in PAIRS),
    "outings.state": ("draft", "published", "cancelled", "done"),
    "outings.waiting_rule": ("whoever_fits", "in_order"),
    "outings.starts_at": TIMES,
    "outings.ends_at": ("2040-01-01 00:00:00+00",),
    "outings.opens_at": (None, *TIMES[:2]),
    "outings.closes_at": ("2039-01-01 00:00:00+00", None),
    "outings.cancel_by": (None, "2039-01-01 00:00:00+00"),
    "outings.youth_cost": ("999999.99", "0", "0.10"),
    "roster_imports.state": ("columns", "comparing", "ready", "applied", "undone"),
    "roster_imports.rows": (3,),
    "roster_import_rows.outcome": ("read", "new", "changed", "unchanged", "unclear", "rejected"),
    "roster_columns.kind": ("youth", None, "adult"),
    "participants.kind": ("adult",),
    "participants.state": ("confirmed", "waiting", "cancelled"),
    "participants.queue_no": (None, 2147483647, None),
    "participants.confirmed_at": (TIMES[0], None, TIMES[1]),
    "participants.cancelled_at": (None, None, TIMES[2]),
    "participants.passengers_there": (0, None, 60),
    "participants.passengers_back": (60, None, 0),
}
PLAIN = {
    "text": (EMOJI, LONG, "1"),
    "integer": (1, 2, 3),
    "bigint": (1, 2**40, 3),
    "boolean": (True, False),
    "timestamp with time zone": TIMES,
    "date": ("2024-02-29", "1999-12-31"),
    "numeric": ("999999.99", "0.01"),
    "bytea": (b"\x00\xff", b""),
    "jsonb": (Json({}), Json({"🏕": [None, 1.5, "ü"]})),
}
COLUMNS = """
    SELECT c.relname, a.attname, format_type(a.atttypid, NULL), NOT a.attnotnull, t.relname
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'f' AND k.conkey[1] = a.attnum
    LEFT JOIN pg_class t ON t.oid = k.confrelid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> 'alembic_version'
        AND c.relname NOT LIKE 'procrastinate%'
    ORDER BY c.relname, a.attnum"""


@dataclass
class Table:
    """Its columns (name, type, may be NULL, table it refers to)."""

    name: str
    columns: list[tuple[str, str, bool, str | None]] = field(default_factory=list)


def tables(cursor: Any) -> dict[str, Table]:
    """Those of the schema as it is now, parents first."""
    cursor.execute(COLUMNS)
    found: dict[str, Table] = {}
    for table, *column in cursor.fetchall():
        found.setdefault(table, Table(table)).columns.append(tuple(column))
    ordered: dict[str, Table] = {}
    while len(ordered) < len(found):
        ready = [
            t
            for t in found.values()
            if t.name not in ordered and all(c[3] in (None, t.name) or c[3] in ordered for c in t.columns)
        ]
        assert ready, f"tables refer to each other in a circle: {set(found) - set(ordered)}"
        ordered.update((table.name, table) for table in ready)
    return ordered


def value(table: Table, column: tuple, row: int) -> Any:
    """For one column of one row."""
    name, kind, nullable, parent = column
    known = KNOWN.get(f"{table.name}.{name}")
    if known:
        return known[row % len(known)]
    if kind == "uuid":
        return identity(parent or (table.name if name == "id" else f"{table.name}.{name}"), row)
    if nullable and row % 2:
        return None
    plain = PLAIN[kind][row % len(PLAIN[kind])]
    # Names are unique in many places; the number keeps them apart at the same length.
    return f"{row}{plain[:-1]}" if kind == "text" else plain


def fill(cursor: Any) -> None:
    """Six rows in each table."""
    for table in tables(cursor).values():
        for row in range(ROWS):
            names = ", ".join(f'"{column[0]}"' for column in table.columns)
            marks = ", ".join(["%s"] * len(table.columns))
            values = [value(table, column, row) for column in table.columns]
            try:
                cursor.execute(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", values)
            except (errors.IntegrityError, errors.DataError) as refusal:
                raise AssertionError(f"{table.name}: add what its CHECKs want to KNOWN. {refusal}") from None


def contents(cursor: Any, columns: dict[str, list[str]] | None = None) -> dict[str, tuple[int, str]]:
    """Rows and checksum of each table, over ``columns`` (those of another moment) or all that are there."""
    found = {}
    for table in tables(cursor).values():
        names = columns.get(table.name) if columns is not None else [column[0] for column in table.columns]
        if names:
            listed = ", ".join(f'"{name}"' for name in names)
            cursor.execute(f"SELECT ROW({listed})::text FROM {table.name} ORDER BY 1")
            rows = [row for (row,) in cursor.fetchall()]
            found[table.name] = (len(rows), hashlib.sha256("\n".join(rows).encode()).hexdigest())
    return found
