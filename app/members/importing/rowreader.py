"""One row of a roster under its header -> a person."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

from app.families.models import ADULT_FROM, PersonKind, age_on
from app.members.importing import cells
from app.members.importing.cells import CellProblem, attempt
from app.members.importing.columns import Header, Style
from app.members.importing.records import GuardianNamed, RosterPerson, TrainingSeen
from app.members.importing.table import Row
from app.web.spreadsheets import safe

PHONES = ("phone", "phone_2", "phone_3")
# What stands beside a child's guardian may come several times, once for each of them.
OF_GUARDIAN = ("guardian", "relationship", *PHONES)
SAFEGUARDING = ("Y01", "Safeguarding Youth Training Certification")  # as Scoutbook's report calls it
NO_KIND = "nothing says whether this is a youth or an adult: there is no birth date"


@dataclass(frozen=True)
class RowReader:
    """One row under its header. ``given`` is the kind that a section or whoever maps the columns has said."""

    row: Row
    header: Header
    given: PersonKind | None
    today: date
    note: Callable[[str], None]

    def cell(self, field: str) -> str:
        """The first filled cell of the field's columns."""
        return next((text for text in self.cells(field) if text), "")

    def cells(self, field: str) -> Iterator[str]:
        """The cells of the field's columns."""
        for index in self.header.columns.get(field, ()):
            text = self.row.cells[index] if index < len(self.row.cells) else ""
            # Our own export puts an apostrophe before what a spreadsheet would take for a formula.
            yield text[1:] if self.header.style == Style.OWN and safe(text[1:]) == text != "" else text

    def read(self, field: str, column: str, using: Callable[[str], Any]) -> Any:
        """The field's value, or None with a note when its cell cannot be used."""
        return attempt(using, self.cell(field), self.note, column)

    def must(self, field: str, column: str, using: Callable[[str], Any]) -> Any:
        """The field's value; what says who somebody is must not be guessed.

        Raises:
            CellProblem: the cell is filled and cannot be used.
        """
        problems: list[str] = []
        value = attempt(using, self.cell(field), problems.append, column)
        if problems:
            raise CellProblem(problems[0])
        return value

    def person(self) -> RosterPerson:
        """Who the row tells of.

        Raises:
            CellProblem: a name is missing, or name, number or birth date cannot be read or be true, or nothing tells youth from adult.
        """
        first = self.must("first_name", "First Name", cells.name)
        last = self.must("last_name", "Last Name", cells.name)
        if not first or not last:
            raise CellProblem("the first name is missing" if last else "the last name is missing")
        born = self.must("birth_date", "Date of Birth", cells.day)
        if born and born > self.today:
            raise CellProblem("the date of birth is still to come")
        kind = self.kind(born)
        named_here = "guardian" in self.header.columns and self.header.style == Style.SCOUTBOOK
        swim_class, swim_on = self.swim()
        form_ab, form_c = self.exams() if self.header.style == Style.TROOPMASTER else self.forms()
        return RosterPerson(
            line=self.row.line,
            kind=kind,
            first_name=first,
            last_name=last,
            preferred_name=self.read("preferred_name", "Nickname", cells.name),
            member_number=self.must("member_number", "Member number", cells.member_number),
            birth_date=born,
            gender=self.read("gender", "Gender", cells.gender),
            # Beside a guardian's name, address and phones are the guardian's; a child's email is never kept.
            email=self.read("email", "Email", cells.email) if kind == PersonKind.ADULT else None,
            phone=None if named_here else self.phone(0),
            rank=self.read("rank", "Rank", cells.words),
            patrol=self.read("patrol", "Patrol", cells.patrol)
            or attempt(cells.patrol_in_position, self.cell("position"), self.note, "Positions"),
            position=self.read("position", "Positions", cells.position),
            one_position=self.header.style == Style.MY_SCOUTING,
            registered=self.registered(),
            swim_class=swim_class,
            swim_class_on=swim_on,
            form_ab_until=form_ab,
            form_c_until=form_c,
            trainings=self.trainings(),
            guardians=self.guardians(),
            units=tuple(part.strip() for part in self.cell("units").split("|") if part.strip()),
        )

    def kind(self, born: date | None) -> PersonKind:
        """Youth or adult, by what each program says of it.

        Raises:
            CellProblem: nothing does.
        """
        if self.header.style == Style.MY_SCOUTING:
            youth = self.cell("position").casefold().startswith("youth")
            return PersonKind.YOUTH if youth else PersonKind.ADULT
        if self.header.style == Style.TROOPMASTER:
            return PersonKind.YOUTH
        if self.header.style == Style.SCOUTBOOK and self.given:
            return self.given
        said = cells.kind(self.cell("kind"))
        if said is None and born:
            said = PersonKind.ADULT if age_on(born, self.today) >= ADULT_FROM else PersonKind.YOUTH
        if said is None and self.given is None:
            raise CellProblem(NO_KIND)
        return said or self.given  # type: ignore[return-value]

    def registered(self) -> bool | None:
        """Whether the registrar has the person; Scoutbook lists nobody else."""
        if until := self.read("registered_until", "Registered until", cells.day):
            return bool(until >= self.today)
        return True if self.header.style == Style.SCOUTBOOK else cells.yes(self.cell("registered"))

    def continues(self, people: list[RosterPerson]) -> RosterPerson | None:
        """The person before, with a further guardian, where a row names nobody but a guardian."""
        if not people or any(self.cell(f) for f in ("first_name", "last_name", "member_number")):
            return None
        further = self.guardians()
        before = people[-1]
        if not further or before.kind != self.given:
            return None
        return replace(before, guardians=distinct((*before.guardians, *further)))

    def phone(self, index: int) -> str | None:
        """The ``index``-th phone: the mobile one if there is one, since it is called from the trailhead."""
        for field in PHONES:
            column = list(self.cells(field))
            if index < len(column) and (found := attempt(cells.phone, column[index], self.note, "Phone")):
                return found
        return None

    def swim(self) -> tuple[str | None, Any]:
        """Class and the day it was shown; a column of its own says the day more surely than the brackets."""
        found = self.read("swim", "Swim Class", cells.swim)
        if not found:
            return None, None
        return found[0], self.read("swim_on", "Swim Class Date", cells.day) or found[1]

    def forms(self) -> tuple[Any, Any]:
        """When parts A/B and C run out."""
        both = self.read("forms", "Health Form", cells.forms) or {}
        ab = self.read("form_ab", "Health Form A/B", partial(cells.forms, only="AB")) or {}
        c = self.read("form_c", "Health Form C", partial(cells.forms, only="C")) or {}
        return both.get("AB") or ab.get("AB"), both.get("C") or c.get("C")

    def exams(self) -> tuple[date | None, date | None]:
        """The same from the days of the examinations: a form is good for a year, and parts A and B for as long as both are."""
        a, b, c = (self.read(f"exam_{part}", f"Health Form {part.upper()}", cells.day) for part in "abc")
        ab = min(a, b) if a and b else a or b
        return (cells.year_after(ab) if ab else None, cells.year_after(c) if c else None)

    def trainings(self) -> tuple[TrainingSeen, ...]:
        """The trainings with their dates."""
        names, until = self.cell("training"), self.read("safeguarding_until", "Training", cells.day)
        found: list[TrainingSeen] = [TrainingSeen(*SAFEGUARDING, until)] if until else []
        if not names.strip("| "):
            return tuple(found)
        try:
            named, problem = cells.trainings(names, self.cell("training_until"))
        except CellProblem as broken:
            named, problem = [], str(broken)
        if problem:
            self.note(f"Training: {problem}")
        return (*found, *named)

    def guardians(self) -> tuple[GuardianNamed, ...]:
        """The guardians of a child: in columns that come several times, or in parallel lists within one cell."""
        found = []
        columns = {field: list(self.cells(field)) for field in OF_GUARDIAN}
        for index, named in enumerate(columns["guardian"]):
            roles = columns["relationship"][index] if index < len(columns["relationship"]) else ""
            phone = self.phone(index) if "|" not in named else None
            parts, role_parts = named.split("|"), roles.split("|")
            for place, part in enumerate(parts):
                name = attempt(cells.words, part.strip(), self.note, "Parent/Guardian Name")
                role = role_parts[place].strip() if len(role_parts) == len(parts) else ""
                number, relation = attempt(cells.relationship, role, self.note, "Relationship") or (None, None)
                if name:
                    found.append(GuardianNamed(name, number, relation, phone))
        return distinct((*found, *self.parents()))

    def parents(self) -> Iterator[GuardianNamed]:
        """The guardians of TroopMaster, who have a column for each part of the name."""
        for number, parts in self.header.parents.items():

            def part(*names: str, parts: dict[str, int] = parts) -> str:
                places = [parts[name] for name in names if parts.get(name, len(self.row.cells)) < len(self.row.cells)]
                return next((self.row.cells[place] for place in places if self.row.cells[place]), "")

            column = f"Parent #{number}"
            name = attempt(cells.words, f"{part('first name')} {part('last name')}".strip(), self.note, column)
            if name and part("first name") and part("last name"):
                relation = attempt(cells.words, part("relation"), self.note, column)
                phone = attempt(cells.phone, part("cell phone", "home phone"), self.note, column)
                email = attempt(cells.email, part("email #1", "email"), self.note, column)
                yield GuardianNamed(name, None, relation, phone, email)


def distinct(guardians: tuple[GuardianNamed, ...]) -> tuple[GuardianNamed, ...]:
    """Each name once, the first time it comes."""
    return tuple({guardian.name.casefold(): guardian for guardian in reversed(guardians)}.values())[::-1]
