"""The columns of the list of members: what each shows, who may see it, and what it is called in a file."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.families.models import Gender, Person, PersonKind
from app.members.models import Membership
from app.units.models import Unit

GENDERS = {Gender.FEMALE: "Female", Gender.MALE: "Male", Gender.OTHER: "In another way"}


@dataclass(frozen=True)
class Column:
    """One column beside the name.

    Attributes:
        key: its name in addresses, forms and ``member_columns``.
        label: on screen.
        headings: in a file, where it may take several columns; the import knows them by these names.
        fields: of the form that edits a row.
        admins_only: for whoever keeps the members; leaders who only read them do without.
        of_today: what a family says today. Of somebody who has left, it says so to another unit, or to none.
    """

    key: str
    label: str
    headings: tuple[str, ...]
    fields: tuple[str, ...] = ()
    admins_only: bool = False
    of_today: bool = False


# In the order in which they stand. Nothing of health is among them: not diet, not allergies, not what somebody carries.
COLUMNS = {
    column.key: column
    for column in (
        Column("patrol", "Patrol", ("Patrol",), ("patrol_id",)),
        Column("position", "Position", ("Position",), ("position",)),
        Column("guardians", "Guardians, or account", ("Guardians",), of_today=True),
        Column("member_number", "Member number", ("Member number",), ("member_number",)),
        Column("registered", "Registered", ("Registered",), ("registered",)),
        Column("rank", "Rank", ("Rank",), ("rank",)),
        Column("since", "Member since", ("Member since",), ("since",)),
        Column("forms", "Health forms until", ("Health form A/B until", "Health form C until"), ("form_ab_until", "form_c_until"), of_today=True),
        Column("trainings", "Trainings", ("Training", "Expiration date"), of_today=True),
        Column("birth_date", "Birth date", ("Birth date",), ("birth_date",), admins_only=True),
        Column("gender", "Gender", ("Gender",), ("gender",), admins_only=True),
        Column("email", "Email of adults", ("Email",), ("email",), admins_only=True, of_today=True),
        Column("phone", "Phone of adults", ("Phone",), ("phone",), admins_only=True, of_today=True),
    )
}  # fmt: skip
AT_FIRST = ("patrol", "position", "guardians")
NAME_HEADINGS = ("First name", "Last name", "Preferred name", "Youth or adult")
NAME_FIELDS = ("first_name", "preferred_name", "last_name")


def offered(*, administers: bool) -> list[Column]:
    """Those that somebody may choose from."""
    return [column for column in COLUMNS.values() if administers or not column.admins_only]


def shown(names: Collection[str] | None, *, administers: bool, former: bool = False) -> list[Column]:
    """Those that somebody has chosen, as far as they may see them; the usual ones for whoever has not chosen. Of ``former`` members only
    what they were here.
    """
    wanted = AT_FIRST if names is None else names
    found = [column for column in offered(administers=administers) if column.key in wanted]
    return [column for column in found if not (former and column.of_today)]


def label_of(column: Column, unit: Unit) -> str:
    """What the unit calls it."""
    return unit.patrol_word.capitalize() if column.key == "patrol" else column.label


def fields_of(columns: Sequence[Column]) -> set[str]:
    """What can be edited in a row of these columns."""
    return {*NAME_FIELDS, *(field for column in columns for field in column.fields)}


def headings_of(columns: Sequence[Column]) -> list[str]:
    """The first row of a file."""
    return [*NAME_HEADINGS, *(heading for column in columns for heading in column.headings)]


@dataclass(frozen=True)
class Held:
    """A training of a member."""

    code: str
    name: str
    expires_on: date | None


@dataclass(frozen=True)
class Facts:
    """What the cells of one member are made of."""

    person: Person
    place: Membership
    patrol: str | None
    guardians: Sequence[str]
    trainings: Sequence[Held]


def of_adults(facts: Facts, value: Any) -> Any:
    """A child's own address and phone are the family's; no page shows them to the unit."""
    return value if facts.person.kind == PersonKind.ADULT else None


CELLS: dict[str, Callable[[Facts], tuple[Any, ...]]] = {
    "patrol": lambda facts: (facts.patrol,),
    "position": lambda facts: (facts.place.position,),
    "guardians": lambda facts: (" | ".join(facts.guardians),),
    "member_number": lambda facts: (facts.place.member_number,),
    "registered": lambda facts: (facts.place.registered,),
    "rank": lambda facts: (facts.person.rank,),
    "since": lambda facts: (facts.place.since,),
    "forms": lambda facts: (facts.person.form_ab_until, facts.person.form_c_until),
    "trainings": lambda facts: (
        " | ".join(f"{held.code} {held.name}" if held.code != held.name else held.name for held in facts.trainings),
        " | ".join(str(held.expires_on or "") for held in facts.trainings),
    ),
    "birth_date": lambda facts: (facts.person.birth_date,),
    "gender": lambda facts: (facts.person.gender,),
    "email": lambda facts: (of_adults(facts, facts.person.email),),
    "phone": lambda facts: (of_adults(facts, facts.person.phone),),
}


def cells_of(facts: Facts, columns: Sequence[Column]) -> list[str]:
    """One row of a file, a cell for each heading."""
    person = facts.person
    values = (person.first_name, person.last_name, person.preferred_name, person.kind)
    return [in_file(value) for value in (*values, *(cell for column in columns for cell in CELLS[column.key](facts)))]


def in_file(value: object) -> str:
    """A value as a file holds it."""
    if value is None:
        return ""
    return ("Yes" if value else "No") if isinstance(value, bool) else str(value)
