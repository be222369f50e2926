"""Plain functions that make honest rows. Each flushes, unless within ``together``; none commits."""

import contextlib
import contextvars
import itertools
import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from argon2 import PasswordHasher

from app.clock import now
from app.extensions import db, new_id
from app.families.health.answers import Answers
from app.families.health.models import HealthNote
from app.families.health.rules import seal_into
from app.families.models import Guardian, Person
from app.identity.models import User
from app.members.models import Membership
from app.outings.models import Outing, OutingLead, OutingState
from app.units.models import Patrol, Role, RoleName, Unit

PASSWORD = "correct horse battery"
# The cheapest argon2id there is: tests ask whether a password fits, not how long it takes.
CHEAP_HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PASSWORD_HASH = CHEAP_HASHER.hash(PASSWORD)
_numbers = itertools.count(1)


_waiting: contextvars.ContextVar[bool] = contextvars.ContextVar("_waiting", default=False)


def keep(row: Any) -> Any:
    """Add and flush. Within ``together`` it gets its id at once, and the rest at the end."""
    db.session.add(row)
    if not _waiting.get():
        db.session.flush()
    elif getattr(row, "id", "") is None:
        row.id = new_id()
    return row


@contextlib.contextmanager
def together() -> Iterator[None]:
    """Whatever is kept meanwhile goes to the database in one flush. A query sends what there is until then."""
    before = _waiting.set(True)
    try:
        yield
    finally:
        _waiting.reset(before)
    if not _waiting.get():
        db.session.flush()


def make_user(email: str | None = None, **values: Any) -> User:
    """An account with the password ``PASSWORD``."""
    number = next(_numbers)
    values = {"name": f"User {number}", "password_hash": PASSWORD_HASH, "username": None} | values
    return keep(User(email=email or f"user{number}-{uuid.uuid4().hex[:6]}@example.org", **values))


def make_health(person: Person, answers: Answers | None = None, **values: Any) -> HealthNote:
    """What a guardian said, sealed; ``values`` are the answers, or columns of the note."""
    columns = {name: values.pop(name) for name in ("confirmed_at", "updated_at") if name in values}
    note = HealthNote(person_id=person.id, **columns)
    seal_into(note, answers or Answers(**values))
    for name, value in columns.items():
        setattr(note, name, value)
    return keep(note)


def make_unit(name: str | None = None, **values: Any) -> Unit:
    """A troop in Chicago's time zone."""
    values = {"kind": "troop", "time_zone": "America/Chicago"} | values
    return keep(Unit(name=name or f"Troop {next(_numbers)}-{uuid.uuid4().hex[:6]}", **values))


def make_patrol(unit: Unit, name: str = "Fox") -> Patrol:
    """A patrol of the unit."""
    return keep(Patrol(unit_id=unit.id, name=name))


def make_role(user: User, unit: Unit, name: RoleName = RoleName.LEADER) -> Role:
    """A leader, or an admin."""
    user.__dict__.pop("_unit_roles", None)
    return keep(Role(user_id=user.id, unit_id=unit.id, name=name))


def make_leader(unit: Unit, name: RoleName = RoleName.LEADER, **values: Any) -> User:
    """An account with a role in the unit."""
    user = make_user(**values)
    make_role(user, unit, name)
    return user


def born(age: int) -> date:
    """When somebody was who has been that old for half a year: a test that says the age says it on every day of the year."""
    return (now() - timedelta(days=round((age + 0.5) * 365.25))).date()


def make_person(
    first_name: str = "Ava",
    last_name: str = "Lindqvist",
    *,
    unit: Unit | None = None,
    patrol: Patrol | None = None,
    guardian: User | None = None,
    **values: Any,
) -> Person:
    """A 12-year-old, a member of ``unit`` and in the care of ``guardian`` when they are given."""
    values = {"kind": "youth", "birth_date": born(12), "gender": "female"} | values
    with together():
        person = keep(Person(first_name=first_name, last_name=last_name, **values))
        if unit:
            keep(Membership(person_id=person.id, unit_id=unit.id, patrol_id=patrol.id if patrol else None))
        if guardian:
            keep(Guardian(user_id=guardian.id, person_id=person.id, relationship_to="parent"))
    return person


def make_adult(first_name: str = "Marit", last_name: str = "Lindqvist", **values: Any) -> Person:
    """A 40-year-old."""
    values = {"kind": "adult", "birth_date": born(40)} | values
    return make_person(first_name, last_name, **values)


def make_family(unit: Unit, children: int = 2, *, parent: bool = True, last_name: str = "Lindqvist") -> User:
    """A guardian's account, the guardian's own registered person, and children who are members."""
    with together():
        user = make_user(name=f"Marit {last_name}")
        if parent:
            make_adult("Marit", last_name, unit=unit, user_id=user.id)
        for number in range(children):
            make_person(("Ava", "Noah", "Ella", "Finn")[number % 4], last_name, unit=unit, guardian=user)
    return user


def make_lead(user: User, outing: Outing) -> OutingLead:
    """From now on the user leads the outing."""
    return keep(OutingLead(outing_id=outing.id, user_id=user.id))


def make_outing(unit: Unit, **values: Any) -> Outing:
    """A published day outing in two weeks, open for sign-up, without limits."""
    start = (now() + timedelta(days=14)).replace(hour=15, minute=0, second=0, microsecond=0)
    values = {
        "title": "Winter camp",
        "place": "Elk Ridge",
        "starts_at": start,
        "ends_at": start + timedelta(hours=6),
        "state": OutingState.PUBLISHED,
    } | values
    return keep(Outing(unit_id=unit.id, **values))
