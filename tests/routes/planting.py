"""Texts that would like to be more than text, in every place where people write, and bytes as no honest browser sends them."""

from typing import Any
from urllib.parse import quote_from_bytes

from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from app.extensions import db
from app.families.health.answers import Allergy, Answers, Medication
from app.families.health.models import HealthNote
from app.families.health.rules import seal_into
from app.families.models import Person
from app.identity.models import User
from app.members.models import Membership
from app.outings.models import Outing
from app.signups.models import Participant
from app.units.models import Patrol, Unit


def planted(attack: str) -> None:
    """The attack in every text that people write."""
    people = db.session.scalars(select(Person))
    for number, person in enumerate(people):
        person.first_name = person.preferred_name = attack
        person.last_name = f"{attack} {number}"[:80]
        person.phone = person.email = person.pick_up_note = attack if person.user_id else None
    for number, unit in enumerate(db.session.scalars(select(Unit))):
        unit.name = f"{attack} {number}"
    for number, patrol in enumerate(db.session.scalars(select(Patrol))):
        patrol.name = f"{attack} {number}"
    for outing in db.session.scalars(select(Outing)):
        outing.title = outing.place = outing.overbook_reason = attack
        outing.summary = f"{attack}\n\n{attack}\n{attack}"
    for row in db.session.scalars(select(Participant)):
        row.note = row.guest_troop = row.guest_patrol = row.overbook_reason = attack
    for place in db.session.scalars(select(Membership)):
        place.position = attack
    for user in db.session.scalars(select(User)):
        user.name = attack
    for note in db.session.scalars(select(HealthNote)):
        row = {"what": attack[:80], "severity": "mild", "reaction": attack, "action": attack}
        medication = Medication(attack, attack, attack)
        seal_into(note, Answers((), attack, (Allergy(**row),), attack, (), (medication,), attack))
    for table, columns in (
        ("emergency_contacts", "name phone relationship_to"),
        ("collectors", "name phone note"),
        ("training_claims", "name reply"),
        ("guardian_proposals", "name phone"),
    ):
        for column in columns.split():
            db.session.execute(db.text(f"UPDATE {table} SET {column} = :attack"), {"attack": attack})
    db.session.commit()


def encoded(form: dict[str, Any]) -> bytes:
    """As a browser would, but for lone surrogates, which go out as the bytes that no decoder likes."""
    pairs = MultiDict(form).items(multi=True)
    hexed = ["=".join(quoted(part) for part in pair) for pair in pairs]
    return "&".join(hexed).encode()


def quoted(text: str) -> str:
    return quote_from_bytes(str(text).encode("utf-8", "surrogatepass"), safe="")
