"""Diet and allergies: the only way to them. Guardians read without a log; everybody else's look is written down.

Source: domain.md, "Health: hold little", and ASVS 5.0, 14.2: sensitive data is loaded by its own function, which logs it.
"""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.audit.models import HealthRead
from app.audit.rules import record, record_health_read
from app.errors import NotAllowed
from app.extensions import db
from app.families.access import Tie
from app.families.models import HealthNote
from app.families.queries import family_ids
from app.identity.models import User


@dataclass(frozen=True)
class Notes:
    """What a guardian wrote."""

    diet: str | None = None
    allergies: str | None = None


NONE = Notes()


def read_for_guardian(tie: Tie) -> Notes:
    """The notes on one's own family; nothing is logged.

    Raises:
        NotAllowed: this guardianship does not cover health.
    """
    refuse_uncovered(tie)
    note = db.session.get(HealthNote, tie.person.id)
    return Notes(note.diet, note.allergies) if note else NONE


def read_for_staff(
    reader: User, person_ids: Collection[uuid.UUID], outing_id: uuid.UUID | None, purpose: str
) -> dict[uuid.UUID, Notes]:
    """The notes on several people, for somebody who works on an outing; whoever has none is left out.

    The caller has decided that ``reader`` may see them, and commits: each person whose notes are given away gets one entry that
    their guardians can read, with ``purpose`` in a few words. The reader's own family is not logged. Two statements and one
    batch of inserts.
    """
    if not person_ids:
        return {}
    own = set(db.session.scalars(family_ids(reader.id)))
    rows = db.session.execute(
        select(HealthNote.person_id, HealthNote.diet, HealthNote.allergies).where(HealthNote.person_id.in_(person_ids))
    )
    found = {person_id: Notes(diet, allergies) for person_id, diet, allergies in rows if diet or allergies}
    for person_id in found:
        if person_id not in own:
            record_health_read(reader, person_id, purpose, outing_id)
    return found


@dataclass(frozen=True)
class Look:
    """Somebody looked at the notes."""

    at: datetime
    reader: str
    purpose: str


def looks_at(tie: Tie) -> list[Look]:
    """The last twenty looks at the notes of one's own family, newest first; guardians can read who did, and why.

    Raises:
        NotAllowed: this guardianship does not cover health.
    """
    refuse_uncovered(tie)
    rows = db.session.execute(
        select(HealthRead.at, User.name, HealthRead.purpose)
        .outerjoin(User, User.id == HealthRead.reader_id)
        .where(HealthRead.person_id == tie.person.id)
        .order_by(HealthRead.at.desc())
        .limit(20)
    )
    return [Look(at, name or "a former account", purpose) for at, name, purpose in rows]


def refuse_uncovered(tie: Tie) -> None:
    """Stop a guardian whose guardianship does not cover health."""
    if not tie.may_see_health:
        raise NotAllowed("Another guardian keeps the health notes of this person.")


def write(actor: User, tie: Tie, notes: Notes) -> bool:
    """Keep the notes; returns whether they differ from before. The trail says that they changed, never what they say.

    Raises:
        NotAllowed: this guardianship does not cover health.
    """
    before = read_for_guardian(tie)
    if notes == before:
        return False
    note = db.session.get(HealthNote, tie.person.id)
    if note is None:
        db.session.add(HealthNote(person_id=tie.person.id, diet=notes.diet, allergies=notes.allergies))
    else:
        note.diet, note.allergies = notes.diet, notes.allergies
    # The trail cannot be purged, and health notes must be.
    changed = [name for name in ("diet", "allergies") if getattr(before, name) != getattr(notes, name)]
    said = {name: (filled(getattr(before, name)), filled(getattr(notes, name))) for name in changed}
    record(actor, "health notes changed", tie.person, changes=said)
    return True


def filled(text: str | None) -> str:
    """Whether there is a note, without its words."""
    return "a note" if text else "none"
