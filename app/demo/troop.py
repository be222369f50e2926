"""The people of the demo: about forty families of one troop and its pack, the same every time."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from app.clock import today
from app.demo import words
from app.demo.dice import Dice
from app.families.health.answers import NOTHING, Answers
from app.families.models import EmergencyContact, Guardian, Person, PersonKind, Training
from app.identity.models import User
from app.members.models import Membership
from app.units.models import Patrol, Role, RoleName, Unit, UnitKind

ZONE = "America/Chicago"
FAMILIES = 40
TROOP_FROM, PACK_FROM = 11, 6  # years of age


@dataclass
class Family:
    """One home: its account, the guardian, the children, and who of them is a member of what."""

    user: User
    guardian: Person
    children: list[Person] = field(default_factory=list)

    @property
    def people(self) -> list[Person]:
        """Everybody."""
        return [*self.children, self.guardian]


@dataclass
class Troop:
    """Everything that was made. ``rows`` are in an order in which they can be added."""

    unit: Unit
    pack: Unit
    leader: User
    families: list[Family] = field(default_factory=list)
    memberships: dict[Any, Membership] = field(default_factory=dict)
    answers: dict[Any, Answers] = field(default_factory=dict)  # about health, by person
    rows: list[Any] = field(default_factory=list)


class Maker:
    """Makes the people one after the other."""

    def __init__(self, dice: Dice, unit_name: str, password_hash: str) -> None:
        self.dice, self.password_hash, self.today = dice, password_hash, today(ZONE)
        number = "".join(letter for letter in unit_name if letter.isdigit()) or None
        unit = Unit(id=dice.new_id(), kind=UnitKind.TROOP, number=number, name=unit_name, time_zone=ZONE)
        pack = Unit(
            id=dice.new_id(), kind=UnitKind.PACK, number=number, name=f"Pack {number or unit_name}", time_zone=ZONE
        )
        leader = self.account("leader@demo.example", "Dana Whitfield")
        self.troop = Troop(unit, pack, leader, rows=[unit, pack, leader])
        self.patrols = {
            home.id: [self.keep(Patrol(id=dice.new_id(), unit_id=home.id, name=name)) for name in names]
            for home, names in ((unit, words.PATROLS), (pack, words.DENS))
        }
        self.keep(Role(user_id=leader.id, unit_id=unit.id, name=RoleName.ADMIN))

    def keep(self, row: Any) -> Any:
        """Remember a row for the database."""
        self.troop.rows.append(row)
        return row

    def account(self, email: str, name: str) -> User:
        """An account with the demo's password."""
        return User(
            id=self.dice.new_id(), email=email, name=name, password_hash=self.password_hash, must_change_password=False
        )

    def soon(self, first: int, last: int) -> date:
        """A day that many days from today."""
        return self.today + timedelta(days=self.dice.randint(first, last))

    def born(self, age: int) -> date:
        """A birthday of somebody who is ``age`` today."""
        return date(self.today.year - age, self.today.month, 1) - timedelta(days=self.dice.randint(0, 330))

    def phone(self) -> str:
        """A number from the range that is kept free for fiction."""
        return f"312-555-01{self.dice.randint(0, 99):02}"

    def adult(self, first: str, last: str, gender: str, user: User | None = None) -> Person:
        """A grown-up with the papers that grown-ups have."""
        return self.keep(
            Person(
                id=self.dice.new_id(), user_id=user.id if user else None, first_name=first, last_name=last, gender=gender,
                birth_date=self.born(self.dice.randint(33, 56)), kind=PersonKind.ADULT, phone=self.phone(),
                email=user.email if user else None, form_ab_until=self.soon(-40, 330),
            )
        )  # fmt: skip

    def child(self, first: str, last: str, gender: str, age: int) -> Person:
        """A child; medical forms run out over the year, some have done so."""
        scout = age >= TROOP_FROM
        return self.keep(
            Person(
                id=self.dice.new_id(), first_name=first, last_name=last, gender=gender, birth_date=self.born(age),
                kind=PersonKind.YOUTH, rank=words.RANKS[min(6, max(0, age - 11 + self.dice.randint(-1, 1)))] if scout else None,
                swim_class=self.dice.choice(("swimmer", "swimmer", "beginner", "nonswimmer")) if scout else None,
                swim_class_on=self.soon(-420, -30) if scout else None,
                form_ab_until=self.soon(-30, 330) if self.dice.chance(0.92) else None,
                form_c_until=self.soon(30, 330) if self.dice.chance(0.5) else None,
            )
        )  # fmt: skip

    def join(self, person: Person, unit: Unit, *, registered: bool = True, position: str | None = None) -> Membership:
        """A membership; young people get a patrol."""
        patrol = self.dice.choice(self.patrols[unit.id]) if person.kind == PersonKind.YOUTH else None
        number = f"9{len(self.troop.memberships) + 1:08}" if registered else None
        membership = self.keep(
            Membership(
                id=self.dice.new_id(), person_id=person.id, unit_id=unit.id, patrol_id=patrol.id if patrol else None,
                registered=registered, member_number=number, position=position, since=self.soon(-1200, -40),
            )
        )  # fmt: skip
        self.troop.memberships[person.id] = membership
        return membership

    def care(self, user: User, child: Person, relation: str = "parent") -> None:
        """Make ``user`` a guardian."""
        self.keep(Guardian(user_id=user.id, person_id=child.id, relationship_to=relation))

    def notes(self, child: Person, guardian: Person) -> None:
        """Whom to call, and what the cook must know."""
        contacts = [(guardian.full_name, guardian.phone, "parent")]
        if self.dice.chance(0.7):
            name = f"{self.dice.choice(words.MOTHERS + words.FATHERS)} {self.dice.choice(words.SURNAMES)}"
            contacts.append((name, self.phone(), self.dice.choice(words.RELATIONS)))
        for position, (name, phone, relation) in enumerate(contacts, start=1):
            self.keep(
                EmergencyContact(
                    id=self.dice.new_id(), person_id=child.id, position=position, name=name, phone=phone,
                    relationship_to=relation,
                )
            )  # fmt: skip
        diet = self.dice.choice(words.DIETS) if self.dice.chance(0.18) else NOTHING
        allergy = self.dice.choice(words.ALLERGIES) if self.dice.chance(0.15) else NOTHING
        self.troop.answers[child.id] = diet.and_also(allergy)

    def train(self, adult: Person) -> None:
        """Trainings, some of which run out before the next camp."""
        for code, name in words.TRAININGS:
            if self.dice.chance(0.85):
                expiry = self.soon(-30, 340)
                self.keep(Training(id=self.dice.new_id(), person_id=adult.id, code=code, name=name, expires_on=expiry))


def make_troop(dice: Dice, unit_name: str, password_hash: str) -> Troop:
    """Everybody, as rows that are not in the database yet."""
    maker = Maker(dice, unit_name, password_hash)
    troop = maker.troop
    lead = maker.adult("Dana", "Whitfield", "female", troop.leader)
    maker.join(lead, troop.unit, position="Scoutmaster")
    maker.train(lead)
    troop.families.append(
        Family(troop.leader, lead, [scout(maker, troop.leader, lead, "Jesse", "Whitfield", "male", 13)])
    )
    troop.families.append(first_parent(maker))
    surnames = [name for name in words.SURNAMES if name not in ("Lindqvist", "Whitfield")]
    for number, surname in enumerate(surnames[: FAMILIES - 2], start=1):
        troop.families.append(any_family(maker, number, surname))
    for one, other in ((4, 5), (10, 11), (16, 17)):
        share_children(maker, troop.families[one], troop.families[other])
    for position in words.POSITIONS[:4]:
        # Long-serving leaders whose own children have grown up.
        woman = dice.chance(0.5)
        first = dice.choice(words.MOTHERS if woman else words.FATHERS)
        adult = maker.adult(first, dice.choice(words.SURNAMES), "female" if woman else "male")
        maker.join(adult, troop.unit, position=position)
        maker.train(adult)
    return troop


def first_parent(maker: Maker) -> Family:
    """The family behind parent@demo.example: two scouts, and a sister who is seven and no member of anything."""
    user = maker.keep(maker.account("parent@demo.example", "Marit Lindqvist"))
    guardian = maker.adult("Marit", "Lindqvist", "female", user)
    maker.join(guardian, maker.troop.unit, position="Committee Member")
    maker.train(guardian)
    children = [
        scout(maker, user, guardian, "Ava", "Lindqvist", "female", 12),
        scout(maker, user, guardian, "Noah", "Lindqvist", "male", 14),
        maker.child("Ella", "Lindqvist", "female", 7),
    ]
    maker.care(user, children[2])
    maker.notes(children[2], guardian)
    return Family(user, guardian, children)


def scout(maker: Maker, user: User, guardian: Person, first: str, last: str, gender: str, age: int) -> Person:
    """A child who is a member, of the troop or, when younger, of the pack."""
    child = maker.child(first, last, gender, age)
    maker.care(user, child)
    maker.notes(child, guardian)
    maker.join(child, maker.troop.unit if age >= TROOP_FROM else maker.troop.pack)
    return child


def any_family(maker: Maker, number: int, surname: str) -> Family:
    """A parent, registered or not, and one to three children."""
    dice = maker.dice
    woman = dice.chance(0.5)
    first = (words.MOTHERS if woman else words.FATHERS)[number % len(words.MOTHERS)]
    user = maker.keep(maker.account(f"parent{number:03}@demo.example", f"{first} {surname}"))
    guardian = maker.adult(first, surname, "female" if woman else "male", user)
    if dice.chance(0.6):
        maker.join(
            guardian, maker.troop.unit, registered=dice.chance(0.8), position=dice.choice((*words.POSITIONS, None))
        )
        maker.train(guardian)
    ages = sorted(dice.sample(range(7, 18), dice.choice((1, 1, 2, 2, 2, 3))))
    if ages[-1] < TROOP_FROM:
        ages[-1] = dice.randint(TROOP_FROM, 16)
    family = Family(user, guardian)
    for place, age in enumerate(ages):
        girl = dice.chance(0.5)
        name = (words.GIRLS if girl else words.BOYS)[(number * 3 + place * 7) % 20]
        family.children.append(scout(maker, user, guardian, name, surname, "female" if girl else "male", age))
    return family


def share_children(maker: Maker, one: Family, other: Family) -> None:
    """Two homes: the first home's children have a guardian in the other one as well."""
    for child in one.children:
        maker.care(other.user, child, "parent, other home")
        child.pick_up_note = (
            f"Lives in turns with {one.guardian.full_name} and {other.guardian.full_name}; both collect."
        )
    other.children = [*other.children, *one.children]
