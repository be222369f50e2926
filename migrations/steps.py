"""What revisions may lean on. Every step may be run again: an autocommit block is not undone when a later step fails.

Old revisions call these functions, so what they do must not change; new needs get new functions.
"""

import logging
from typing import Any

import sqlalchemy as sa
from alembic import context, op

log = logging.getLogger("migrations")


def update_in_batches(table: str, *, set: str, where: str, size: int = 1000) -> None:
    """``UPDATE table SET set WHERE where``, a thousand rows at a time, each batch committed by itself.

    ``where`` must be false for a row that is done: a run that was cut off goes on with the rows that are left. Rows that
    somebody holds are passed over and taken in the next round, so that neither waits for the other. The table has an
    ``id``. With ``--sql`` it is one statement.
    """
    if context.is_offline_mode():
        op.execute(f"UPDATE {table} SET {set} WHERE {where}")
        return
    batch = sa.text(
        f"WITH batch AS (SELECT id FROM {table} WHERE ({where}) AND (CAST(:after AS uuid) IS NULL OR id > :after) "
        f"ORDER BY id LIMIT {size} FOR UPDATE SKIP LOCKED), "
        f"done AS (UPDATE {table} SET {set} WHERE id IN (SELECT id FROM batch) RETURNING id) "
        "SELECT count(*), max(id::text) FROM done"
    )
    left = sa.text(f"SELECT count(*) FROM {table} WHERE {where}")
    with op.get_context().autocommit_block():
        total, done = op.get_bind().execute(left).scalar_one(), 0
        while remaining := op.get_bind().execute(left).scalar_one():
            after: Any = None
            while True:
                count, after = op.get_bind().execute(batch, {"after": after}).one()
                if not count:
                    break
                done += count
                log.info("%s: %d of %d rows done.", table, done, max(total, done))
            if remaining == op.get_bind().execute(left).scalar_one():
                log.warning("%s: others hold the %d rows that are left; waiting for them.", table, remaining)
                op.get_bind().execute(sa.text("SELECT pg_sleep(1)"))


def create_index(name: str, table: str, columns: list[Any], **options: Any) -> None:
    """An index, while everybody goes on reading and writing.

    One that was cut off stays behind, invalid and in the way, so it goes first.
    """
    with op.get_context().autocommit_block():
        op.drop_index(name, table, if_exists=True, postgresql_concurrently=True)
        op.create_index(name, table, columns, if_not_exists=True, postgresql_concurrently=True, **options)


def drop_index(name: str, table: str) -> None:
    """The way back of ``create_index``."""
    with op.get_context().autocommit_block():
        op.drop_index(name, table, if_exists=True, postgresql_concurrently=True)


def add_check(table: str, name: str, condition: str) -> None:
    """A CHECK for new rows at once; ``validate`` has to follow after the next autocommit block, for those that are there.

    In one transaction the two would keep everybody out while all rows are read.
    """
    # What is dropped is this same one, left by a run that was cut off.
    op.execute(f"-- squawk-ignore ban-drop-constraint\nALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}")
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({condition}) NOT VALID")


def commit() -> None:
    """End the transaction, and with it its locks; the next step begins another. What comes before must bear repeating."""
    with op.get_context().autocommit_block():
        pass


def validate(table: str, name: str) -> None:
    """Check the rows that are there, while everybody goes on reading and writing."""
    op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")
