"""Youth who have come of age."""

import uuid

from sqlalchemy import select

from app.audit.rules import record
from app.clock import today
from app.errors import RuleBroken
from app.extensions import db
from app.families.models import Person, PersonKind
from app.identity.models import User
from app.identity.permissions import Can
from app.members.access import member_of
from app.units.access import refuse_unless
from app.units.models import Unit


def make_adult(actor: User, unit: Unit, person_id: uuid.UUID) -> tuple[Person, bool]:
    """The unit keeps somebody as an adult who was a youth until the 18th birthday. Returns the person and whether that was new.

    What depends on age (seats, tents, two-deep) goes by the birth date anyway. This says that the unit knows: an adult may have an
    account, and the unit sees an adult's own phone and email.

    Raises:
        NotAllowed: the actor does not administer the unit. NotFound: no member of it. RuleBroken: not 18 yet, as far as is known.
    """
    refuse_unless(actor, Can.KEEP_MEMBERS, unit.id)
    db.session.execute(select(Person.id).where(Person.id == person_id).with_for_update())
    person = member_of(unit.id, person_id, lock=True).person
    db.session.refresh(person)
    if person.kind == PersonKind.ADULT:
        return person, False
    if person.kind_on(today(unit.time_zone)) != PersonKind.ADULT:
        raise RuleBroken(f"{person.full_name} is not 18 yet, by what is known of the birth date.")
    person.kind, person.version = PersonKind.ADULT.value, person.version + 1
    record(actor, "came of age", person, changes={"kind": (PersonKind.YOUTH, PersonKind.ADULT)}, unit_id=unit.id)
    db.session.flush()
    return person, True
