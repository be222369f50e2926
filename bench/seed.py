"""What the product is measured on: a troop that reads and a troop that signs up, and as many others as are asked for.

The first troop has a list of 50 outings with 40 people each and one outing with 100. The second troop has families
that sign up, on outings that nobody looks at: so a sign-up does not change what the pages cost.
"""

import itertools
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from app.clock import now
from app.demo.bulk import Size, seed_bulk
from app.demo.seeding import keep
from app.extensions import db, new_id
from app.families.health.models import HealthNote
from app.families.models import Guardian, Person
from app.identity.models import User
from app.identity.passwords import hash_password
from app.members.models import Membership
from app.outings.models import Outing
from app.signups.consent import TEXT_VERSION, terms_of
from app.signups.models import Consent, Participant, Signup
from app.units.models import Patrol, Role, Unit

LISTED, PEOPLE, ROSTER = 50, 40, 100
READING_FAMILIES = 34  # of three people each: enough for the roster
SETTLED = 30  # people who stand on the outing of the last places from the beginning
PATROLS = ("Beaver", "Bison", "Fox", "Owl", "Raven")
NAMES = ("Robin", "Alex", "Sam")
BULK_PEOPLE = 40  # on each outing of the other troops
BULK_OUTINGS = 50  # of each of them
BULK_FAMILIES = 40  # of each of them


@dataclass(frozen=True)
class Plan:
    """How much is needed: accounts that sign in, and outings to sign up for."""

    readers: int = 16
    writers: int = 240
    hot: int = 40
    spread: int = 50
    races: int = 8
    places: int = 10


@dataclass(frozen=True)
class Family:
    """A guardian's account and the people it signs up, the parent last."""

    user: User
    people: list[Person]

    @property
    def children(self) -> list[str]:
        """Their ids, as a form sends them."""
        return [str(person.id) for person in self.people if person.kind == "youth"]


@dataclass
class Scene:
    """What stands in the database, as far as requests name it."""

    password: str
    families: list[Family] = field(default_factory=list)
    leaders: list[User] = field(default_factory=list)
    writers: list[Family] = field(default_factory=list)
    listed: list[Outing] = field(default_factory=list)
    roster: list[Outing] = field(default_factory=list)
    hot: list[Outing] = field(default_factory=list)
    spread: list[Outing] = field(default_factory=list)
    races: list[Outing] = field(default_factory=list)


class Rows:
    """Collects rows and writes them table by table."""

    def __init__(self, password: str) -> None:
        self.password_hash = hash_password(password)
        self.rows: list[Any] = []
        self.numbers = itertools.count(1)

    def add(self, row: Any) -> Any:
        """Keep a row for later and give it back."""
        self.rows.append(row)
        return row

    def user(self, name: str) -> User:
        """An account that signs in as ``<name>@bench.example``, with the one password of all."""
        row = User(
            id=new_id(), email=f"{name}@bench.example", name=name.title(), password_hash=self.password_hash,
        )  # fmt: skip
        return self.add(row)

    def family(self, unit: Unit, patrols: list[Patrol], number: int) -> Family:
        """A parent and two children, all members."""
        user = self.user(f"parent{next(self.numbers)}")
        people = []
        for place, first_name in enumerate(NAMES):
            is_parent = place == len(NAMES) - 1
            person = Person(
                id=new_id(), user_id=user.id if is_parent else None, first_name=first_name, last_name=f"Family {number}",
                birth_date=date(now().year - (40 if is_parent else 11 + place), 1 + number % 12, 1 + number % 28),
                kind="adult" if is_parent else "youth", phone=f"312-555-{number:04}" if is_parent else None,
                form_ab_until=now().date() + timedelta(days=number % 400 - 20),
            )  # fmt: skip
            patrol = patrols[(number + place) % len(patrols)]
            membership = Membership(
                id=new_id(), person_id=person.id, unit_id=unit.id, patrol_id=None if is_parent else patrol.id
            )
            people += [self.add(person)]
            self.add(membership)
            if not is_parent:
                self.add(Guardian(user_id=user.id, person_id=person.id, relationship_to="parent"))
            if (number + place) % 6 == 0:
                self.add(HealthNote(person_id=person.id, allergies="Peanuts"))
        return Family(user, people)

    def outing(self, unit: Unit, title: str, days: int, seats: int | None) -> Outing:
        """A published one, open for sign-up; every third is overnight."""
        start = (now() + timedelta(days=days)).replace(hour=15, minute=0, second=0, microsecond=0)
        row = Outing(
            id=new_id(), unit_id=unit.id, title=title, place="Elk Ridge", summary="Bring water.", starts_at=start,
            ends_at=start + timedelta(hours=7 + days % 3 * 24), total_seats=seats, youth_cost=Decimal(25),
            adult_cost=Decimal(15), state="published", waiting_rule="whoever_fits",
        )  # fmt: skip
        return self.add(row)

    def fill(self, outing: Outing, unit: Unit, families: list[Family], people: int, waiting: int = 0) -> None:
        """Sign ``people`` up, family by family; the last ``waiting`` of them wait."""
        places = itertools.count(1)
        for family in families:
            signup = Signup(id=new_id(), outing_id=outing.id, user_id=family.user.id, by_leader=False, together=False)
            for person in family.people:
                if (place := next(places)) > people:
                    return
                if person is family.people[0]:
                    self.add(signup)
                    self.add(Consent(id=new_id(), signup_id=signup.id, user_id=family.user.id,
                                     text_version=TEXT_VERSION, terms=terms_of(outing)))  # fmt: skip
                waits = place > people - waiting
                self.add(Participant(
                    id=new_id(), signup_id=signup.id, outing_id=outing.id, person_id=person.id, kind=person.kind,
                    state="waiting" if waits else "confirmed", queue_no=place if waits else None, unit_id=unit.id,
                    confirmed_at=None if waits else now(),
                ))  # fmt: skip

    def write(self) -> None:
        """Into the database, parents before children."""
        order = [table.name for table in db.metadata.sorted_tables]
        by_table = sorted(self.rows, key=lambda row: order.index(row.__tablename__))
        for table, group in itertools.groupby(by_table, key=lambda row: row.__table__):
            keep(table, list(group))
        db.session.commit()


def seed(plan: Plan, password: str) -> Scene:
    """Both troops; in the application's context."""
    rows, scene = Rows(password), Scene(password)
    reading, writing = (
        rows.add(Unit(id=new_id(), kind="troop", name=f"Troop {name}", time_zone="America/Chicago",
                      policy_preset="scouting_america"))
        for name in ("of readers", "of writers")
    )  # fmt: skip
    patrols = {
        unit: [rows.add(Patrol(id=new_id(), unit_id=unit.id, name=name)) for name in PATROLS]
        for unit in (reading, writing)
    }
    scene.families = [rows.family(reading, patrols[reading], number) for number in range(READING_FAMILIES)]
    for number in range(plan.readers):
        scene.leaders.append(rows.user(f"leader{number}"))
        rows.add(Role(user_id=scene.leaders[-1].id, unit_id=reading.id, name="leader"))
    for number in range(LISTED):
        # Of five outings one has no limit and one has people waiting.
        full = number % 5 == 0
        seats = PEOPLE - 2 if full else None if number % 5 == 1 else PEOPLE + 4 + number % 9
        scene.listed.append(rows.outing(reading, f"Outing {number}", 3 + number * 2, seats))
        first = number * 5 % READING_FAMILIES
        turn = scene.families[first:] + scene.families[:first]
        rows.fill(scene.listed[-1], reading, turn, PEOPLE, waiting=2 if full else 0)
    scene.roster.append(rows.outing(reading, "Camporee", 150, ROSTER - 4))
    rows.fill(scene.roster[0], reading, scene.families, ROSTER, waiting=4)
    scene.writers = [rows.family(writing, patrols[writing], number) for number in range(plan.writers)]
    scene.hot = [rows.outing(writing, f"Hot {number}", 10, 2_000_000) for number in range(plan.hot)]
    scene.spread = [rows.outing(writing, f"Spread {number}", 20, 2_000_000) for number in range(plan.spread)]
    # Those who have their places already are nobody who reads or races.
    settled = [rows.family(writing, patrols[writing], plan.writers + number) for number in range(SETTLED // 3)]
    for number in range(plan.races):
        scene.races.append(rows.outing(writing, f"Race {number}", 30, SETTLED + plan.places))
        rows.fill(scene.races[-1], writing, settled, SETTLED)
    rows.write()
    return scene


def seed_many(participants: int, password: str) -> None:
    """Other troops with ``participants`` more, each with 50 outings of 40 people."""
    outings = max(1, participants // BULK_PEOPLE)
    units = -(-outings // BULK_OUTINGS)
    seed_bulk(Size(units, units * BULK_FAMILIES, outings, participants), password)
    db.session.commit()
