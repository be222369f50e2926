"""Writing down what a guardian says about health, and that it is still right."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from app.audit.rules import assign, record
from app.audit.wording import OF_HEALTH
from app.clock import now, today
from app.errors import RuleBroken, Stale
from app.extensions import db
from app.families.access import Tie, tie_of
from app.families.health import vault
from app.families.health.answers import Answers
from app.families.health.models import HealthNote
from app.families.health.notes import Papers, answers_in, kept_for_guardian, refuse_uncovered
from app.identity.models import User


def write(actor: User, person_id: uuid.UUID, answers: Answers, papers: Papers, version: str) -> bool:
    """Keep what a guardian says; returns whether it differs from before. Either way it is right as of today.

    The trail says which answers changed, never what they say: it cannot be purged, and health notes must be.

    Raises:
        NotFound: not of this family. NotAllowed: this guardianship does not cover health.
        RuleBroken: a swim test in the future.
        Stale: somebody else saved since ``version``, and what they saved differs.
    """
    tie = tie_of(actor, person_id, lock=True)
    before = kept_for_guardian(tie)
    check_papers(papers)
    theirs, yours = values_of(before.answers, before.papers), values_of(answers, papers)
    differ = [name for name in theirs if theirs[name] != yours[name]]
    if differ and before.version != version:
        raise Stale(
            f"Somebody else changed the health notes on {tie.person.full_name} since you opened this page.",
            {name: theirs[name] for name in differ},
            {name: yours[name] for name in differ},
        )
    note = note_of(tie)
    seal_into(note, answers)
    changes = assign(tie.person, papers.__dict__)
    changes |= {name: said(theirs[name], yours[name]) for name in differ if name not in papers.__dict__}
    if changes:
        record(actor, OF_HEALTH, tie.person, changes=changes)
    else:
        remember(actor, tie, before.confirmed_at)
    note.confirmed_at = note.updated_at = now()
    db.session.flush()
    return bool(changes)


def confirm(actor: User, person_id: uuid.UUID) -> bool:
    """Somebody says that nothing has changed; returns whether they are the first to say so today.

    Raises:
        NotFound: not of this family. NotAllowed: this guardianship does not cover health.
    """
    tie = tie_of(actor, person_id, lock=True)
    refuse_uncovered(tie)
    note = note_of(tie)
    fresh = remember(actor, tie, note.confirmed_at)
    note.confirmed_at = now()
    db.session.flush()
    return fresh


def confirm_all(actor: User, person_ids: Iterable[uuid.UUID]) -> None:
    """The same for several, in one order for everybody, since each locks a person.

    Raises:
        NotFound, NotAllowed: of any of them.
    """
    for person_id in sorted(person_ids):
        confirm(actor, person_id)


def remember(actor: User, tie: Tie, last: datetime | None) -> bool:
    """One entry a day that nothing has changed; returns whether this is it."""
    if last and last.date() == today():
        return False
    record(actor, "said that nothing has changed about health", tie.person)
    return True


def note_of(tie: Tie) -> HealthNote:
    """The person's note, made if there is none; the person's row is locked, so that two do not make it at once."""
    note = db.session.get(HealthNote, tie.person.id)
    if note is None:
        note = HealthNote(person_id=tie.person.id)
        db.session.add(note)
    return note


def seal_into(note: HealthNote, answers: Answers) -> None:
    """Seal the answers into the note. What a release before this one wrote openly is among them, and goes."""
    note.diet = note.allergies = None
    note.sealed = note.flags = note.key_id = None
    if answers:
        note.sealed = vault.seal(answers.to_json(), note.person_id, vault.ANSWERS)
        note.flags = vault.seal(answers.flags, note.person_id, vault.FLAGS)
        note.key_id = vault.newest_key_id()


def hand_over(from_id: uuid.UUID, to_id: uuid.UUID) -> None:
    """Move the note of one person to another who turned out to be the same. A seal holds for one person, so that copying the row
    would not do. What both say stays: the rows of the note that moves follow after those that are there.

    Raises:
        Unreadable: the key is missing.
    """
    moving, staying = db.session.get(HealthNote, from_id), db.session.get(HealthNote, to_id)
    if moving is None:
        return
    answers = answers_in(moving)
    if staying is None:
        staying = HealthNote(person_id=to_id, confirmed_at=moving.confirmed_at)
        db.session.add(staying)
        db.session.flush()
    # Whoever spoke last spoke for both: a note is not purged for the silence of the other row.
    staying.confirmed_at = max(filter(None, (staying.confirmed_at, moving.confirmed_at)), default=None)
    seal_into(staying, answers_in(staying).and_also(answers))
    db.session.delete(moving)
    db.session.flush()


def check_papers(papers: Papers) -> None:
    """Refuse a swim test that nobody can have taken yet, and half of one.

    Raises:
        RuleBroken: ``field`` names it.
    """
    if papers.swim_class_on and papers.swim_class_on > today():
        raise RuleBroken("Enter the day on which the swim test was taken; it cannot be ahead.", "swim_class_on")
    if papers.swim_class_on and not papers.swim_class:
        raise RuleBroken("Say which swim class the test gave.", "swim_class")


def values_of(answers: Answers, papers: Papers) -> dict[str, Any]:
    """By field."""
    return {**answers.__dict__, **papers.__dict__}


def said(before: Any, after: Any) -> list[str]:
    """Whether there was something and is now, without its words."""
    return ["a note" if before else "none", ("another note" if before else "a note") if after else "none"]
