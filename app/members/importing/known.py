"""What the database knows of the people that a roster may tell of: plain data for the comparison."""

import unicodedata
import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

APOSTROPHES = "'`\u2018\u2019"


@dataclass(frozen=True)
class KnownProposal:
    """A guardian whom an earlier roster named."""

    name: str
    relationship_to: str | None
    phone: str | None
    adult_id: uuid.UUID | None


@dataclass(frozen=True)
class KnownPerson:
    """A person, and the place in the unit at hand when there is one."""

    id: uuid.UUID
    first_name: str
    last_name: str
    kind: str
    preferred_name: str | None = None
    has_account: bool = False
    birth_date: date | None = None
    gender: str | None = None
    email: str | None = None
    phone: str | None = None
    rank: str | None = None
    swim_class: str | None = None
    swim_class_on: date | None = None
    form_ab_until: date | None = None
    form_c_until: date | None = None
    # Every number that the person has or had, in any unit.
    numbers: frozenset[str] = frozenset()
    in_unit: bool = False
    somewhere: bool = False  # a live member of any unit
    # Whether whoever imports may see what is kept of this person; of others, blanks are filled and nothing is shown.
    in_reach: bool = True
    member_number: str | None = None
    patrol: str | None = None
    position: str | None = None
    registered: bool = True
    trainings: dict[str, date | None] = field(default_factory=dict)
    proposals: dict[str, KnownProposal] = field(default_factory=dict)

    @property
    def full_name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}"

    def name_keys(self) -> set[str]:
        """Every way in which a roster may write the name."""
        return {name_key(first, self.last_name) for first in (self.first_name, self.preferred_name) if first}


def name_key(first: str, last: str) -> str:
    """The name without case, accents, hyphens and apostrophes: programs lose these on the way."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", f"{first} {last}") if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() else " " for c in bare.casefold() if c not in APOSTROPHES).split())


def last_key(last: str) -> str:
    """The last name as the database folds it (``loading.LAST_KEY``), to find whom a row may mean."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", last.lower()) if not unicodedata.combining(c))
    return "".join(c for c in bare if not c.isspace() and c not in APOSTROPHES + "-.,\u2010\u2011")


class Known:
    """Everybody that the roster may mean, by number and by name."""

    def __init__(
        self, people: list[KnownPerson], patrols: list[str], foreign_numbers: frozenset[str] = frozenset()
    ) -> None:
        self.people = people
        # Member numbers of people whom whoever imports may not know of.
        self.foreign_numbers = foreign_numbers
        self.patrols = {name.casefold(): name for name in patrols}
        self.by_number: dict[str, list[KnownPerson]] = defaultdict(list)
        self.by_name: dict[str, list[KnownPerson]] = defaultdict(list)
        for person in people:
            for number in person.numbers:
                self.by_number[number].append(person)
            for key in person.name_keys():
                self.by_name[key].append(person)
