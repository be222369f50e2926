"""Whom to call about one participant, and who may collect a child: for the staff of an outing, who see the rows of every home."""

import uuid
from dataclasses import dataclass

from sqlalchemy import Boolean, Integer, Text, cast, false, literal, null, select, true, union_all

from app.extensions import db
from app.families.models import Collector, EmergencyContact, Person
from app.identity.models import User

MOST = 60  # rows of one person: ten of each kind that each home sees


@dataclass(frozen=True)
class Calling:
    """Somebody to call in an emergency; ``home`` is the guardian who keeps the row to the own home."""

    name: str
    phone: str
    relationship: str | None
    home: str | None


@dataclass(frozen=True)
class Collecting:
    """Somebody who may collect a child, or who may not."""

    name: str
    phone: str | None
    note: str | None
    may_collect: bool
    home: str | None


@dataclass(frozen=True)
class Calls:
    """Both lists, and what the unit noted of old about picking up."""

    contacts: tuple[Calling, ...] = ()
    collectors: tuple[Collecting, ...] = ()
    note: str | None = None


def calls_of(person_id: uuid.UUID) -> Calls:
    """Everything about one person; who may not collect comes first. One statement."""
    contact, collector = EmergencyContact, Collector
    keeper = select(User.name).where(User.id == contact.home_of_id).correlate(contact).scalar_subquery()
    contacts = select(
        literal("contact").label("what"), cast(contact.position, Integer).label("place"), contact.name, contact.phone,
        contact.relationship_to.label("more"), true().label("may"), keeper.label("home"),
    ).where(contact.person_id == person_id)  # fmt: skip
    owner = select(User.name).where(User.id == collector.home_of_id).correlate(collector).scalar_subquery()
    collectors = select(
        literal("collector"), cast(collector.may_collect, Integer), collector.name, collector.phone, collector.note,
        collector.may_collect, owner,
    ).where(collector.person_id == person_id)  # fmt: skip
    note = select(
        literal("note"), literal(0), cast(null(), Text), cast(null(), Text), Person.pick_up_note, cast(false(), Boolean),
        cast(null(), Text),
    ).where(Person.id == person_id)  # fmt: skip
    rows = db.session.execute(union_all(contacts, collectors, note).order_by("what", "place", "name").limit(MOST)).all()
    return Calls(
        tuple(Calling(row.name, row.phone, row.more, row.home) for row in rows if row.what == "contact"),
        tuple(Collecting(row.name, row.phone, row.more, row.may, row.home) for row in rows if row.what == "collector"),
        next((row.more for row in rows if row.what == "note"), None),
    )
