"""Adding and changing the people of a family."""

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.exc import IntegrityError

from app.audit.rules import assign, record
from app.clock import today
from app.errors import Conflict, RuleBroken, Stale
from app.extensions import db
from app.families.access import Tie, tie_of
from app.families.birthdays import OF_AGE, hold_for
from app.families.grades import grade_on
from app.families.models import ADULT_FROM, EmergencyContact, Guardian, Person, PersonKind, age_on
from app.identity.models import User

OLDEST = 120  # years
UNASKED = -1  # what is not asked is left alone
OWN_FIELDS = ("first_name", "last_name", "preferred_name", "birth_date", "kind", "gender", "phone", "email")
CONTACT_FIELDS = {"contact_name": "name", "contact_phone": "phone", "contact_relationship": "relationship_to"}


@dataclass(frozen=True)
class PersonDetails:
    """Everything that the form asks for; an emergency contact only of somebody new, later they have a list of their own."""

    first_name: str
    last_name: str
    preferred_name: str | None = None
    birth_date: date | None = None
    kind: str | None = None
    gender: str | None = None
    phone: str | None = None
    email: str | None = None
    contact_name: str | None = None
    contact_phone: str | None = None
    contact_relationship: str | None = None
    # Kept to the home of whoever writes it: guardians of another home do not see it.
    contact_of_home: bool = False
    # Today's. UNASKED where no unit goes by it.
    grade: int | None = UNASKED


def add_person(
    actor: User, person_id: uuid.UUID, details: PersonDetails, *, relationship: str | None, is_self: bool = False
) -> tuple[Person, bool]:
    """Add somebody to the actor's family, or the actor. Returns the person and whether this call added it.

    ``person_id`` comes with the form, so that sending it twice adds one person. Whoever adds a person becomes their guardian.

    Raises:
        RuleBroken: a value will not do, or the actor is there already.
        Conflict: the form was used already by somebody else.
    """
    if db.session.get(Person, person_id) is not None:
        return tie_of(actor, person_id).person, False
    details = checked(details, has_account=is_self)
    person = Person(id=person_id, **{name: getattr(details, name) for name in OWN_FIELDS})
    person.user_id = actor.id if is_self else None
    db.session.add(person)
    call_account(actor, person)
    save_or(
        Conflict(
            "You are among your people already." if is_self else "This form was sent already. Look at your family."
        )
    )
    guardian = None
    if not is_self:
        guardian = Guardian(user_id=actor.id, person_id=person.id, relationship_to=relationship)
        db.session.add(guardian)
    record(
        actor, "person added", person, changes={"name": (None, person.full_name), "relationship": (None, relationship)}
    )
    db.session.flush()
    if details.contact_name:
        write_contact(Tie(person, guardian), details)
    db.session.flush()
    return person, True


def edit_person(actor: User, person_id: uuid.UUID, details: PersonDetails, version: int) -> tuple[Person, bool]:
    """Change somebody of the actor's family. Returns the person and whether anything changed.

    Raises:
        NotFound: not of this family.
        RuleBroken: a value will not do, or makes an adult of a child for whom the actor may give no permission.
        Stale: somebody else saved since ``version``, and what they saved differs from ``details``.
    """
    known = db.session.get(Person, person_id)
    held = hold_for(known, {"birth_date": details.birth_date} | ({"kind": details.kind} if details.kind else {}))
    tie = tie_of(actor, person_id, lock=True)
    person = tie.person
    details = checked(details, has_account=person.user_id is not None)
    yours = wanted_values(details)
    theirs = current_values(tie)
    differ = [name for name in yours if theirs[name] != yours[name]]
    if not differ:
        return person, False
    # These make an adult of a youth, for whom nobody need give permission.
    if not tie.may_permit and not set(OF_AGE).isdisjoint(differ):
        raise RuleBroken("Another guardian says when this child was born.", "birth_date")
    if person.version != version:
        raise Stale(
            f"Somebody else changed {person.full_name} since you opened this page.",
            {name: theirs[name] for name in differ},
            {name: yours[name] for name in differ},
        )
    changes = assign(person, {name: yours[name] for name in OWN_FIELDS})
    if "grade" in differ:
        changes |= say_grade(person, details.grade)
    if changes:
        record(actor, "person changed", person, changes=changes)
    call_account(actor, person)
    person.version += 1
    db.session.flush()
    held.follow(actor)
    return person, True


def call_account(user: User, person: Person) -> None:
    """An account is called as its own person is; nobody else changes that name."""
    if person.user_id == user.id:
        user.name = person.full_name


def wanted_values(details: PersonDetails) -> dict[str, Any]:
    """The form's values by field."""
    values = {name: getattr(details, name) for name in OWN_FIELDS}
    if details.grade != UNASKED:
        values["grade"] = details.grade
    return values


def current_values(tie: Tie) -> dict[str, Any]:
    """What is kept now, by the form's fields."""
    person = tie.person
    values: dict[str, Any] = {name: getattr(person, name) for name in OWN_FIELDS}
    values["grade"] = grade_on(person.grade, person.grade_said_on, today())
    return values


def say_grade(person: Person, grade: int | None) -> dict[str, list[Any]]:
    """Keep today's grade with today's date, by which it moves on each summer."""
    before = grade_on(person.grade, person.grade_said_on, today())
    person.grade, person.grade_said_on = grade, today() if grade is not None else None
    return {"grade": [before, grade]}


def check_birth_date(born: date | None) -> None:
    """Refuse a day that nobody alive was born on.

    Raises:
        RuleBroken: it is in the future or too long ago.
    """
    if born and (born > today() or age_on(born, today()) > OLDEST):
        raise RuleBroken("Enter the day on which this person was born.", "birth_date")


def checked(details: PersonDetails, *, has_account: bool) -> PersonDetails:
    """The details with the kind that the birth date gives.

    Raises:
        RuleBroken: a day that cannot be a birth date, nothing that tells youth from adult, a child with an account or an email,
            half an emergency contact.
    """
    born, day = details.birth_date, today()
    check_birth_date(born)
    kind = (PersonKind.ADULT if age_on(born, day) >= ADULT_FROM else PersonKind.YOUTH) if born else details.kind
    if has_account:
        if kind == PersonKind.YOUTH and born:
            raise RuleBroken("Only adults have an account, and this birth date is a child's.", "birth_date")
        kind = PersonKind.ADULT
    if kind is None:
        raise RuleBroken("Say whether this is a youth or an adult, or enter the birth date.", "kind")
    if kind == PersonKind.YOUTH and details.email:
        raise RuleBroken("We keep email addresses of adults only. Leave this empty for a youth.", "email")
    if details.contact_name and not details.contact_phone:
        raise RuleBroken(f"Enter a phone number for {details.contact_name}.", "contact_phone")
    if not details.contact_name and (details.contact_phone or details.contact_relationship):
        raise RuleBroken("Enter the name of the emergency contact.", "contact_name")
    return PersonDetails(**{**details.__dict__, "kind": PersonKind(kind).value})


def write_contact(tie: Tie, details: PersonDetails) -> None:
    """The first emergency contact of somebody new."""
    home = tie.guardian.user_id if tie.guardian and details.contact_of_home else None
    values = {name: getattr(details, field) for field, name in CONTACT_FIELDS.items()}
    tie.person.emergency_contacts.append(EmergencyContact(position=1, home_of_id=home, **values))


def save_or(refusal: Conflict) -> None:
    """Send what is new to the database; its unique constraints are the last to know."""
    try:
        db.session.flush()
    except IntegrityError as collision:
        raise refusal from collision
