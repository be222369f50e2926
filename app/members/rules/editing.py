"""A member's row edited where it stands: the place in the unit, and what the unit keeps of the person."""

import hashlib
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.audit.rules import assign, record
from app.clock import today
from app.errors import Conflict, RuleBroken, Stale
from app.extensions import db
from app.families.birthdays import hold_for
from app.families.models import ADULT_FROM, Person, PersonKind, age_on
from app.families.rules import check_birth_date
from app.identity.models import User
from app.identity.permissions import Can
from app.members.access import member_of
from app.members.models import Membership
from app.members.rules.people import check_number, check_patrol
from app.units.access import refuse_unless
from app.units.models import Unit

OF_PLACE = ("patrol_id", "position", "member_number", "registered", "since")
OF_PERSON = (
    "first_name", "preferred_name", "last_name", "rank", "birth_date", "gender", "email", "phone", "form_ab_until", "form_c_until"
)  # fmt: skip
# Of a child they are the family's; the unit neither sees nor writes them.
OF_ADULTS = {"email", "phone"}
STALE = "Somebody else changed this member since you opened the row."


def place_version(place: Membership) -> str:
    """What an edit of a row is based on. Memberships carry no counter, and more than one room writes a person, so the values are it; not
    those that the unit does not see, or whoever tries all phones finds a child's.
    """
    seen = [name for name in OF_PERSON if place.person.kind == PersonKind.ADULT or name not in OF_ADULTS]
    values = [getattr(place, name) for name in OF_PLACE] + [getattr(place.person, name) for name in seen]
    return hashlib.sha256("|".join(str(value) for value in values).encode()).hexdigest()[:16]


def edit_member(actor: User, unit: Unit, person_id: uuid.UUID, values: Mapping[str, Any], version: str) -> Membership:
    """Change what a row shows: any of ``OF_PLACE`` and ``OF_PERSON``.

    Raises:
        NotAllowed: the actor does not administer the unit. NotFound: no member of it.
        RuleBroken: a value will not do; its field says which. Stale: somebody else changed one of these since ``version``.
        Conflict: the member number was taken at the same moment.
    """
    refuse_unless(actor, Can.KEEP_MEMBERS, unit.id)
    held = hold_for(db.session.get(Person, person_id), {name: values[name] for name in values if name == "birth_date"})
    # The person first, as everybody does who locks both.
    db.session.execute(select(Person.id).where(Person.id == person_id).with_for_update())
    place = member_of(unit.id, person_id, lock=True)
    person = place.person
    db.session.refresh(person)
    yours = tidied(values, person)
    theirs = {name: getattr(place if name in OF_PLACE else person, name) for name in yours}
    differ = [name for name in yours if theirs[name] != yours[name]]
    if differ and version != place_version(place):
        raise Stale(STALE, {name: theirs[name] for name in differ}, {name: yours[name] for name in differ})
    check(unit, person, {name: yours[name] for name in differ})
    changes = assign(place, {name: yours[name] for name in differ if name in OF_PLACE})
    changes |= (of_person := assign(person, {name: yours[name] for name in differ if name in OF_PERSON}))
    if "birth_date" in of_person:
        changes |= assign(person, {"kind": person.kind_on(today(unit.time_zone)).value})
    if of_person:
        person.version += 1
    if changes:
        action = "member changed" if of_person else "place in the unit changed"
        record(actor, action, person, changes=changes, unit_id=unit.id)
        save()
        held.follow(actor)
        db.session.refresh(place, ["patrol"])
    return place


def tidied(values: Mapping[str, Any], person: Person) -> dict[str, Any]:
    """What was sent, as it is kept; of a child without what is the family's."""
    kept = {name: values[name] for name in (*OF_PLACE, *OF_PERSON) if name in values}
    if person.kind != PersonKind.ADULT:
        kept = {name: value for name, value in kept.items() if name not in OF_ADULTS}
    if kept.get("position"):
        kept["position"] = " | ".join(part.strip() for part in kept["position"].split("|") if part.strip()) or None
    return kept


def check(unit: Unit, person: Person, values: Mapping[str, Any]) -> None:
    """Values that differ from what is there.

    Raises:
        RuleBroken: the first that will not do.
    """
    if "patrol_id" in values:
        check_patrol(unit.id, values["patrol_id"])
    check_number(unit.id, values.get("member_number"))
    day, born = today(unit.time_zone), values.get("birth_date")
    check_birth_date(born)
    if born and person.user_id is not None and age_on(born, day) < ADULT_FROM:
        raise RuleBroken("Only adults have an account, and this birth date is a child's.", "birth_date")
    if values.get("since") and values["since"] > day:
        raise RuleBroken("Enter the day on which they came; it cannot be in the future.", "since")


def save() -> None:
    """Send it; the unique index is the last to know."""
    try:
        db.session.flush()
    except IntegrityError as collision:
        raise Conflict("Somebody took this member number at the same moment. Look again.") from collision
