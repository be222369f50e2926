"""What a roster file says, once it is read: plain data, without a database."""

from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any

from app.errors import RuleBroken
from app.families.models import PersonKind

LARGEST_FILE = 10 * 1024 * 1024  # bytes; a roster of 40,000 rows has about 8 MB
MOST_ROWS = 50_000  # more than a whole council has members


class NotARoster(RuleBroken):
    """The file cannot be read as a roster at all. Nothing of it was used."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "file")


@dataclass(frozen=True, slots=True)
class Remark:
    """Something in the file that was left out, and where: the line in the file, counted from 1."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class TrainingSeen:
    """A training under the code that rosters use, such as ``Y01``."""

    code: str
    name: str
    expires_on: date | None


@dataclass(frozen=True, slots=True)
class GuardianNamed:
    """A parent or guardian named beside a child. Gives no rights to anybody."""

    name: str
    member_number: str | None = None
    relationship: str | None = None
    phone: str | None = None
    # Only to find the adult by: a proposal keeps no address.
    email: str | None = None


@dataclass(frozen=True, slots=True)
class RosterPerson:
    """One row. ``None`` means that the file says nothing, never that something is to be cleared."""

    line: int
    kind: PersonKind
    first_name: str
    last_name: str
    preferred_name: str | None = None
    member_number: str | None = None
    birth_date: date | None = None
    gender: str | None = None
    email: str | None = None
    phone: str | None = None
    rank: str | None = None
    patrol: str | None = None
    position: str | None = None
    # Of several positions the file names the registered one only, so that it says nothing against the others.
    one_position: bool = False
    registered: bool | None = None
    swim_class: str | None = None
    swim_class_on: date | None = None
    form_ab_until: date | None = None
    form_c_until: date | None = None
    trainings: tuple[TrainingSeen, ...] = ()
    guardians: tuple[GuardianNamed, ...] = ()
    # As the file writes them, such as "Troop 77 B"; compared with the unit that the import is for.
    units: tuple[str, ...] = ()

    @property
    def full_name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}"

    def as_json(self) -> dict[str, Any]:
        """What is said, without what is not; ``from_json`` reads it again."""
        said = {f.name: plain(getattr(self, f.name)) for f in fields(self)}
        return {
            name: value for name, value in said.items() if value not in (None, []) and (value or name == "registered")
        }

    @classmethod
    def from_json(cls, said: dict[str, Any]) -> "RosterPerson":
        """The person that ``as_json`` made this of."""
        values = dict(said)
        for name in DATES & values.keys():
            values[name] = date.fromisoformat(values[name])
        values["kind"] = PersonKind(values["kind"])
        values["units"] = tuple(values.get("units", ()))
        values["guardians"] = tuple(GuardianNamed(**named) for named in values.get("guardians", ()))
        values["trainings"] = tuple(
            TrainingSeen(seen["code"], seen["name"], day_or_none(seen.get("expires_on")))
            for seen in values.get("trainings", ())
        )
        return cls(**values)


DATES = {"birth_date", "swim_class_on", "form_ab_until", "form_c_until"}


def day_or_none(text: str | None) -> date | None:
    """A day as JSON keeps it."""
    return date.fromisoformat(text) if text else None


def plain(value: Any) -> Any:
    """What JSON can hold."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [plain(part) for part in value]
    if isinstance(value, TrainingSeen | GuardianNamed):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value) if getattr(value, f.name) is not None}
    return value


@dataclass
class RosterFile:
    """A whole file: the people in it, the rows that cannot be used, and the cells that were left out."""

    people: list[RosterPerson] = field(default_factory=list)
    rejected: list[Remark] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    style: str = ""
