"""Whoever still holds a row of a person that was merged into another one meanwhile: they are led to it, or told so in a sentence.

A merge locks both people, so that a sign-up or an edit waits for it, and finds afterwards that its row is gone.
"""

import uuid
from collections.abc import Collection

from psycopg2.errors import ForeignKeyViolation
from sqlalchemy import Engine, ExceptionContext, bindparam, event, select

from app.audit.log import MERGES
from app.driver import read
from app.errors import Conflict
from app.extensions import db

MEANWHILE = (
    "Somebody on this form was here twice and was made one person at this moment, or is not here any more. Nothing was saved. "
    "Look at it again, and send it once more."
)


KEPT = read(
    select(MERGES.c.kept_id).where(MERGES.c.gone_id == bindparam("gone"), MERGES.c.undone_at.is_(None)).limit(1)
)


def merged_into(person_id: uuid.UUID) -> uuid.UUID | None:
    """Who this person is now; None for whoever was never merged. One statement, for those of whom nothing was found."""
    found: uuid.UUID | None = db.session.scalar(KEPT, {"gone": person_id})
    return found


def merged_rows(person_ids: Collection[uuid.UUID]) -> list[uuid.UUID]:
    """The ids under which these people were here before their rows were merged: the log still knows them. One statement."""
    gone = select(MERGES.c.gone_id).where(MERGES.c.kept_id.in_(person_ids), MERGES.c.undone_at.is_(None))
    return list(db.session.scalars(gone))


@event.listens_for(Engine, "handle_error")
def refuse(context: ExceptionContext) -> Conflict | None:
    """A row that would point to nobody: one answer to it, whichever table it is of. The transaction is lost, as with every error."""
    error, statement = context.original_exception, (context.statement or "").lstrip()
    if not isinstance(error, ForeignKeyViolation) or statement.startswith("DELETE"):
        return None
    return Conflict(MEANWHILE) if (error.diag.constraint_name or "").endswith("_people") else None
