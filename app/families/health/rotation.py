"""``flask rotate-health-key``: seal everything with the newest key, a few notes at a time, while the site runs."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select

from app.extensions import db
from app.families.health import vault
from app.families.health.models import HealthNote
from app.families.health.notes import answers_in
from app.families.health.rules import seal_into
from app.families.health.vault import Unreadable

AT_ONCE = 100


@dataclass
class Progress:
    """How far it is: notes that are done, those that no key opens, and how many there were to do at the start."""

    done: int = 0
    unreadable: int = 0
    total: int = 0


def rotate() -> Iterator[Progress]:
    """Seal what lies open from a release before, or is sealed with an older key. Says how far it is after each batch.

    Each batch is committed by itself: it may be cut off and run again, and goes on with what is left. Whoever saves a
    note at this moment and the batch wait for each other, and what was saved is read afresh; a note that no key opens stays as it is.

    Raises:
        ConfigError: there is no key to seal with.
    """
    newest = vault.newest_key_id()
    progress = Progress(total=db.session.scalar(select(func.count()).where(is_due(newest))) or 0)
    after = uuid.UUID(int=0)
    while batch := due_after(after, newest):
        for note in batch:
            try:
                answers = answers_in(note)
            except Unreadable:
                progress.unreadable += 1
            else:
                seal_into(note, answers)
                progress.done += 1
        after = batch[-1].person_id
        db.session.commit()
        yield progress


def is_due(newest: str) -> ColumnElement[bool]:
    """Sealed with another key than the newest, or with words that lie open."""
    return or_(HealthNote.key_id != newest, HealthNote.diet.is_not(None), HealthNote.allergies.is_not(None))


def due_after(person_id: uuid.UUID, newest: str) -> list[HealthNote]:
    """The next notes, locked until the batch is committed."""
    wanted = select(HealthNote).where(HealthNote.person_id > person_id, is_due(newest))
    locked = wanted.order_by(HealthNote.person_id).limit(AT_ONCE).with_for_update()
    return list(db.session.scalars(locked.execution_options(populate_existing=True)))
