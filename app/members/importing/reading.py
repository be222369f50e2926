"""The Scoutbook roster report: sections of adults and youth, each under its own header row.

Headers match by name, not by position: people choose their own columns, in any order, and some come twice.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from app.families.models import PersonKind
from app.members.importing import cells
from app.members.importing.cells import CellProblem, attempt
from app.members.importing.records import (
    MOST_ROWS,
    GuardianNamed,
    NotARoster,
    Remark,
    RosterFile,
    RosterPerson,
    TrainingSeen,
)
from app.members.importing.table import TOO_LONG, Row, rows_of

NOT_A_ROSTER = (
    "This file is not a Scoutbook roster report: it has no section “ADULT MEMBERS” or “YOUTH MEMBERS” with the columns "
    "First Name and Last Name; nothing was changed."
)
COLUMNS = {
    "first name": "first_name", "last name": "last_name", "email": "email", "email address": "email",
    "gender": "gender", "sex": "gender",
    "bsa number": "member_number", "bsa id": "member_number", "bsa id#": "member_number",
    "bsa member id": "member_number", "member number": "member_number", "member id": "member_number",
    "unit number": "units", "unit": "units", "date of birth": "birth_date", "dob": "birth_date", "birth date": "birth_date",
    "training": "training", "expiration date": "training_until",
    "health form a/b - health form c": "forms", "health form a/b": "form_ab", "health form c": "form_c",
    "swim class": "swim", "swim class date": "swim_on", "positions": "position", "position": "position",
    "patrol": "patrol", "den": "patrol", "rank": "rank", "current rank": "rank",
    "parent/guardian name": "guardian", "parent/guardian": "guardian", "relationship": "relationship",
    "mobile phone": "phone", "cell phone": "phone", "home phone": "phone_2", "phone": "phone_2", "work phone": "phone_3",
}  # fmt: skip
PHONES = ("phone", "phone_2", "phone_3")
# What stands beside a child's guardian may come several times, once for each of them.
OF_GUARDIAN = ("guardian", "relationship", *PHONES)


@dataclass(frozen=True)
class Header:
    """Which column holds what; a field may have several columns."""

    columns: dict[str, list[int]]
    width: int


def read_roster(data: bytes) -> RosterFile:
    """Everybody in the file, and what could not be used.

    Raises:
        NotARoster: it is no roster report, too large or too long.
    """
    result = RosterFile()
    kind: PersonKind | None = None
    header: Header | None = None
    seen_header = False
    for row in rows_of(data):
        filled = [cell for cell in row.cells if cell]
        title = cells.section(filled[0]) if len(filled) == 1 else None
        if title:
            kind, header = title, None
        elif (found := header_of(row)) is not None:
            header = found if kind else None
            seen_header = seen_header or header is not None
        elif header and kind:
            add(result, row, kind, header)
        if len(result.people) + len(result.rejected) > MOST_ROWS:
            raise NotARoster(TOO_LONG)
    if not seen_header:
        raise NotARoster(NOT_A_ROSTER)
    return without_repeats(result)


def header_of(row: Row) -> Header | None:
    """The header that this row is, if it is one."""
    columns: dict[str, list[int]] = {}
    for index, cell in enumerate(row.cells):
        field = COLUMNS.get(cell.strip(". ").casefold())
        if field:
            columns.setdefault(field, []).append(index)
    if "first_name" not in columns or "last_name" not in columns:
        return None
    return Header(columns, len(row.cells))


def add(result: RosterFile, row: Row, kind: PersonKind, header: Header) -> None:
    """Read one row under ``header`` into ``result``."""
    if row.unclosed:
        result.rejected.append(Remark(row.line, "a quotation mark in this line is never closed"))
        return
    if any(row.cells[header.width :]):
        result.rejected.append(Remark(row.line, "it has more cells than its header, so that they may have shifted"))
        return
    remarks: list[Remark] = []
    reader = RowReader(row, header, kind, lambda message: remarks.append(Remark(row.line, message)))
    continued = reader.continues(result.people)
    if continued:
        result.people[-1] = continued
    else:
        try:
            result.people.append(reader.person())
        except CellProblem as problem:
            result.rejected.append(Remark(row.line, str(problem)))
            return
    result.remarks.extend(remarks)


@dataclass(frozen=True)
class RowReader:
    """One row under its header."""

    row: Row
    header: Header
    kind: PersonKind
    note: Callable[[str], None]

    def cell(self, field: str) -> str:
        """The first filled cell of the field's columns."""
        return next((text for text in self.cells(field) if text), "")

    def cells(self, field: str) -> Iterator[str]:
        """The cells of the field's columns."""
        for index in self.header.columns.get(field, ()):
            yield self.row.cells[index] if index < len(self.row.cells) else ""

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
            CellProblem: a name is missing, or name, number or birth date cannot be read.
        """
        first = self.must("first_name", "First Name", cells.name)
        last = self.must("last_name", "Last Name", cells.name)
        if not first or not last:
            raise CellProblem("the first name is missing" if last else "the last name is missing")
        named_here = "guardian" in self.header.columns
        swim_class, swim_on = self.swim()
        form_ab, form_c = self.forms()
        return RosterPerson(
            line=self.row.line,
            kind=self.kind,
            first_name=first,
            last_name=last,
            member_number=self.must("member_number", "BSA Number", cells.member_number),
            birth_date=self.must("birth_date", "Date of Birth", cells.day),
            gender=self.read("gender", "Gender", cells.gender),
            # Beside a guardian's name, address and phones are the guardian's; a child's email is never kept.
            email=self.read("email", "Email", cells.email) if self.kind == PersonKind.ADULT else None,
            phone=None if named_here else self.phone(0),
            rank=self.read("rank", "Rank", cells.words),
            patrol=self.read("patrol", "Patrol", cells.patrol)
            or attempt(cells.patrol_in_position, self.cell("position"), self.note, "Positions"),
            position=self.read("position", "Positions", cells.position),
            swim_class=swim_class,
            swim_class_on=swim_on,
            form_ab_until=form_ab,
            form_c_until=form_c,
            trainings=self.trainings(),
            guardians=self.guardians(),
            units=tuple(part.strip() for part in self.cell("units").split("|") if part.strip()),
        )

    def continues(self, people: list[RosterPerson]) -> RosterPerson | None:
        """The person before, with a further guardian, where a row names nobody but a guardian."""
        if not people or any(self.cell(f) for f in ("first_name", "last_name", "member_number")):
            return None
        further = self.guardians()
        before = people[-1]
        if not further or before.kind != self.kind:
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

    def trainings(self) -> tuple[TrainingSeen, ...]:
        """The trainings with their dates."""
        names = self.cell("training")
        if not names.strip("| "):
            return ()
        try:
            found, problem = cells.trainings(names, self.cell("training_until"))
        except CellProblem as broken:
            found, problem = [], str(broken)
        if problem:
            self.note(f"Training: {problem}")
        return tuple(found)

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
        return distinct(tuple(found))


def distinct(guardians: tuple[GuardianNamed, ...]) -> tuple[GuardianNamed, ...]:
    """Each name once, the first time it comes."""
    return tuple({guardian.name.casefold(): guardian for guardian in reversed(guardians)}.values())[::-1]


def without_repeats(file: RosterFile) -> RosterFile:
    """One row for each member number. A second row adds what the first leaves empty, if it is the same person."""
    people: list[RosterPerson] = []
    place: dict[str, int] = {}
    for person in file.people:
        number = person.member_number
        if number is None or number not in place:
            if number is not None:
                place[number] = len(people)
            people.append(person)
            continue
        first = people[place[number]]
        same = (first.kind, first.first_name.casefold(), first.last_name.casefold())
        if same == (person.kind, person.first_name.casefold(), person.last_name.casefold()):
            people[place[number]] = joined(first, person)
        else:
            file.rejected.append(
                Remark(person.line, f"its member number stands in line {first.line} for somebody else")
            )
    file.people = people
    return file


def joined(first: RosterPerson, second: RosterPerson) -> RosterPerson:
    """Both rows of one person: the first one's values, and the second one's where the first says nothing."""
    values = {name: getattr(first, name) or getattr(second, name) for name in first.__dataclass_fields__}
    positions = [p for row in (first, second) for p in (row.position or "").split(" | ") if p]
    values["position"] = " | ".join(dict.fromkeys(positions)) or None
    values["guardians"] = distinct((*first.guardians, *second.guardians))
    codes = {training.code: training for training in (*second.trainings, *first.trainings)}
    return replace(first, **values | {"trainings": tuple(codes.values())})
