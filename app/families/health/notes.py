"""What is kept about diet and health: the only way to it. Guardians read without a log; everybody else's look is written down.

Source: domain.md, "Health: hold little", and ASVS 5.0, 14.2: sensitive data is loaded by its own function, which logs it.
"""

import logging
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, column, select, table

from app.audit.log import is_about
from app.audit.models import HealthRead
from app.audit.rules import record_health_read
from app.errors import NotAllowed
from app.extensions import db
from app.families.access import Tie
from app.families.health import vault
from app.families.health.answers import NOTHING, Answers, fingerprint, with_words
from app.families.health.models import HealthNote
from app.families.health.vault import Unreadable
from app.families.models import Guardian, Person, SwimClass
from app.families.queries import family_ids
from app.identity.models import User

MOST_LOOKS = 20  # on the page
log = logging.getLogger(__name__)

# What opens a note; the session keeps no object of it.
PARTS = (HealthNote.person_id, HealthNote.sealed, HealthNote.diet, HealthNote.allergies)


@dataclass(frozen=True)
class Papers:
    """Dates that rosters bring as well, and that leaders see: swim test and form parts, and whether the unit has the paper."""

    swim_class: str | None = None
    swim_class_on: date | None = None
    form_ab_until: date | None = None
    form_c_until: date | None = None
    form_in_binder: bool = False

    @classmethod
    def of(cls, person: Person) -> "Papers":
        """As they are kept."""
        return cls(**{name: getattr(person, name) for name in cls.__dataclass_fields__})


@dataclass(frozen=True)
class Kept:
    """Everything on the page about one person's health, and when somebody last said that it is right."""

    answers: Answers
    papers: Papers
    confirmed_at: datetime | None

    @property
    def version(self) -> str:
        """What an edit is based on; it changes with every value, whoever wrote it: a guardian, an import, the release before."""
        return fingerprint(self.answers, self.papers)


def opened(person_id: uuid.UUID, sealed: bytes | None, diet: str | None, allergies: str | None) -> Answers:
    """The answers in the ``PARTS`` of a note, those included that a release before this one wrote openly.

    Raises:
        Unreadable: the key is missing.
    """
    answers = Answers.from_json(vault.unseal(sealed, person_id, vault.ANSWERS)) if sealed else NOTHING
    return with_words(answers, diet or None, allergies or None)


def answers_in(note: HealthNote) -> Answers:
    """The same of a note that is at hand."""
    return opened(note.person_id, note.sealed, note.diet, note.allergies)


def kept_for_guardian(tie: Tie) -> Kept:
    """What is kept about one of one's own family; nothing is logged.

    Raises:
        NotAllowed: this guardianship does not cover health.
        Unreadable: the key is missing.
    """
    refuse_uncovered(tie)
    note = db.session.get(HealthNote, tie.person.id, populate_existing=True)
    papers = Papers.of(tie.person)
    if note is None:
        return Kept(NOTHING, papers, None)
    return Kept(answers_in(note), papers, note.confirmed_at or note.updated_at)


def refuse_uncovered(tie: Tie) -> None:
    """Stop a guardian whose guardianship does not cover health."""
    if not tie.may_see_health:
        raise NotAllowed("Another guardian keeps the health notes of this person.")


def read_for_staff(
    reader: User, person_ids: Collection[uuid.UUID], outing_id: uuid.UUID | None, purpose: str
) -> dict[uuid.UUID, Answers]:
    """The answers about several people, for somebody who works on an outing; whoever has none is left out.

    The caller has decided that ``reader`` may see them, and commits: each person whose answers are given away gets one entry that
    their guardians can read, with ``purpose`` in a few words. Whose notes the reader keeps anyway is not logged; a child of whose notes an
    admin took that away is. Two statements and one batch of inserts.

    Raises:
        Unreadable: the key is missing.
    """
    if not person_ids:
        return {}
    own = set(db.session.scalars(family_ids(reader.id, Guardian.may_see_health)))
    every = {row.person_id: opened(*row) for row in db.session.execute(notes_on(person_ids))}
    found = {person_id: answers for person_id, answers in every.items() if answers}
    for person_id in found:
        if person_id not in own:
            record_health_read(reader, person_id, purpose, outing_id)
    return found


def papers_of(person_id: uuid.UUID) -> Papers:
    """Swim class and forms of somebody, which are no details: leaders of the unit see them elsewhere. One statement."""
    columns = [getattr(Person, name) for name in Papers.__dataclass_fields__]
    return Papers(*db.session.execute(select(*columns).where(Person.id == person_id)).one())


def notes_on(person_ids: Collection[uuid.UUID]) -> Select[uuid.UUID, bytes | None, str | None, str | None]:
    """The notes on these people, sealed as they are."""
    return select(*PARTS).where(HealthNote.person_id.in_(person_ids))


def count_for_cook(person_ids: Collection[uuid.UUID]) -> tuple[list[Answers], int]:
    """The answers about these people, from which the caller makes counts without names, and how many could not be opened.

    Nothing is logged, because nobody learns anything about anybody: the caller shows no answer by itself. One statement.
    """
    found, unreadable = [], 0
    for row in db.session.execute(notes_on(person_ids)):
        try:
            found.append(opened(*row))
        except Unreadable:
            unreadable += 1
    return found, unreadable


def flags_in(sealed: bytes | None, person_id: str, swim_class: str | None) -> str:
    """The words that everybody on an outing's staff sees about a person, with blanks between.

    A seal that does not open must not take the roster away: then it shows none, and the log tells whoever runs the site.
    """
    words = ""
    if sealed:
        try:
            words = vault.unseal(bytes(sealed), uuid.UUID(person_id), vault.FLAGS)
        except Unreadable:
            log.error(
                "the flags of a health note cannot be opened: a key is missing; flask doctor says which notes need one"
            )
    if swim_class in (SwimClass.NONSWIMMER, SwimClass.BEGINNER):
        words = f"{words} {swim_class}".lstrip()
    return words


@dataclass(frozen=True)
class Look:
    """Somebody looked at the notes, for an outing that began then."""

    at: datetime
    reader: str
    purpose: str
    outing_starts_at: datetime | None


def looks_at(tie: Tie) -> list[Look]:
    """The last looks at the notes of one's own family, newest first; guardians can read who did, and why. Looks at a row that was
    merged into this one are among them. One statement.

    Raises:
        NotAllowed: this guardianship does not cover health.
    """
    refuse_uncovered(tie)
    # Outings belong to a later room; this one knows of them only that they have a start.
    outings = table("outings", column("id"), column("starts_at"))
    rows = db.session.execute(
        select(HealthRead.at, User.name, HealthRead.purpose, outings.c.starts_at)
        .outerjoin(User, User.id == HealthRead.reader_id)
        .outerjoin(outings, outings.c.id == HealthRead.outing_id)
        .where(is_about(HealthRead.person_id, tie.person.id))
        .order_by(HealthRead.at.desc())
        .limit(MOST_LOOKS)
    )
    return [Look(at, name or "a former account", purpose, starts_at) for at, name, purpose, starts_at in rows]
