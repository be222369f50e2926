"""What a roster file says, once it is read: plain data, without a database."""

from dataclasses import dataclass, field
from datetime import date

from app.errors import RuleBroken
from app.families.models import PersonKind

LARGEST_FILE = 20 * 1024 * 1024  # bytes; a roster of 50,000 rows has about 10 MB
MOST_ROWS = 50_000  # more than a whole council has members


class NotARoster(RuleBroken):
    """The file cannot be read as a roster at all. Nothing of it was used."""


@dataclass(frozen=True)
class Remark:
    """Something in the file that was left out, and where: the line in the file, counted from 1."""

    line: int
    message: str


@dataclass(frozen=True)
class TrainingSeen:
    """A training under the code that rosters use, such as ``Y01``."""

    code: str
    name: str
    expires_on: date | None


@dataclass(frozen=True)
class GuardianNamed:
    """A parent or guardian named beside a child. Gives no rights to anybody."""

    name: str
    member_number: str | None = None
    relationship: str | None = None
    phone: str | None = None


@dataclass(frozen=True)
class RosterPerson:
    """One row. ``None`` means that the file says nothing, never that something is to be cleared."""

    line: int
    kind: PersonKind
    first_name: str
    last_name: str
    member_number: str | None = None
    birth_date: date | None = None
    gender: str | None = None
    email: str | None = None
    phone: str | None = None
    rank: str | None = None
    patrol: str | None = None
    position: str | None = None
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


@dataclass
class RosterFile:
    """A whole file: the people in it, the rows that cannot be used, and the cells that were left out."""

    people: list[RosterPerson] = field(default_factory=list)
    rejected: list[Remark] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
