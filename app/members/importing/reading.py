"""A roster file -> the people in it: sections, headers and rows, of every program whose headers we know.

Scoutbook's report has sections of adults and youth, each under its own header; my.scouting's a preamble; TroopMaster's only youth. A file of
columns that nobody knows is handed back as a table, for somebody to say what they hold.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain

from app.clock import today
from app.families.models import PersonKind
from app.members.importing import cells
from app.members.importing.cells import CellProblem
from app.members.importing.columns import Header, Style, fingerprint, header_of, labels_of, mapped, may_be_header
from app.members.importing.records import MOST_ROWS, NotARoster, Remark, RosterFile, RosterPerson
from app.members.importing.rowreader import RowReader, distinct
from app.members.importing.table import TOO_LONG, Row, rows_of

NOT_A_ROSTER = "This file is not a roster: no row of it names columns such as First Name and Last Name with people below; nothing was changed."
UNKNOWN_COLUMNS = (
    "We do not know the columns of this file. Import it in the browser once and say what they hold; that is remembered. Nothing was "
    "changed."
)
UNIT_IN_TITLE = re.compile(r"(troop|pack|crew|ship|post|group)\s+0*\d+\b.*", re.IGNORECASE)


@dataclass(frozen=True)
class ColumnMapping:
    """What somebody has said of a file's columns: label -> field, and who is meant where nothing tells youth from adult."""

    fields: Mapping[str, str]
    kind: PersonKind | None = None


class UnknownColumns(NotARoster):
    """A table of people whose columns nobody has named yet. ``labels`` is empty where a column is never read."""

    def __init__(self, labels: list[str], rows: list[Row]) -> None:
        super().__init__(UNKNOWN_COLUMNS)
        self.labels = labels
        self.rows = rows


def nothing_remembered(_fingerprint: str) -> ColumnMapping | None:
    """For whoever has no memory."""
    return None


def read_roster(data: bytes, remembered: Callable[[str], ColumnMapping | None] = nothing_remembered) -> RosterFile:
    """Everybody in the file, and what could not be used. ``remembered`` gives the mapping for a header's fingerprint.

    Raises:
        UnknownColumns: somebody has to say what the columns hold.
        NotARoster: it is no roster, too large or too long.
    """
    rows = rows_of(data)
    result = RosterFile()
    state = Reader(result, today())
    waiting: list[Row] = []
    for row in rows:
        if not state.take(row) and not state.seen_header:
            waiting.append(row)
            if len(waiting) > MOST_TITLES or state.unknown:
                break
    if state.seen_header:
        return without_repeats(result)
    labels, table = table_in(chain(waiting, rows))
    if (mapping := remembered(fingerprint(labels))) is not None:
        return read_table(labels, table, mapping)
    raise UnknownColumns(labels, [redacted(row, labels) for row in table])


MOST_TITLES = 60  # rows before a header


class Reader:
    """Goes down the rows and knows under which header it is."""

    def __init__(self, result: RosterFile, day: date) -> None:
        self.result, self.day = result, day
        self.kind: PersonKind | None = None
        self.header: Header | None = None
        self.seen_header = self.unknown = False
        self.units: tuple[str, ...] = ()

    def take(self, row: Row) -> bool:
        """Read one row; False when it belongs to nothing that we know."""
        filled = [cell for cell in row.cells if cell]
        title = cells.section(filled[0]) if len(filled) == 1 else None
        if title:
            self.kind, self.header = title, None
            return True
        if (found := header_of(row)) is not None:
            if self.kind and found.style in (Style.MAPPED, Style.TROOPMASTER):
                found = replace(found, style=Style.SCOUTBOOK)
            # Once a file has shown whose it is, a header without a section is a slip, and what stands below it is unclear.
            known = found.style != Style.MAPPED
            self.unknown = not known and not self.seen_header
            self.header = found if known else None
            self.seen_header = self.seen_header or known
            self.result.style = found.style if known else self.result.style
            return known
        if self.header is None:
            if len(filled) == 1 and (unit := UNIT_IN_TITLE.match(filled[0])):
                self.units = (unit[0],)
            return False
        add(self.result, row, self.kind, self.header, self.day, self.units)
        return True


def table_in(rows: Iterable[Row]) -> tuple[list[str], list[Row]]:
    """The labels of the columns and the rows below them.

    Raises:
        NotARoster: there is nothing like a table of people.
    """
    found = iter(rows)
    for row in found:
        if may_be_header(row):
            below = list(found)
            labels = labels_of(row)
            if below and sum(map(bool, labels)) > 1:
                return labels, below
            break
    raise NotARoster(NOT_A_ROSTER)


def redacted(row: Row, labels: list[str]) -> Row:
    """The row without the columns that are never read, and without what looks like a number that is never kept."""
    kept = [cell if label else "" for label, cell in zip(labels, row.cells, strict=False)]
    return Row(row.line, [cells.SOCIAL_SECURITY.sub(cells.REDACTED, cell) for cell in kept], row.unclosed)


def read_table(labels: list[str], rows: Iterable[Row], mapping: ColumnMapping) -> RosterFile:
    """Everybody in a table whose columns somebody has named."""
    result = RosterFile(style=Style.MAPPED)
    header = mapped(labels, mapping.fields)
    for row in rows:
        add(result, row, mapping.kind, header, today(), ())
    return without_repeats(result)


def add(
    result: RosterFile, row: Row, kind: PersonKind | None, header: Header, day: date, units: tuple[str, ...]
) -> None:
    """Read one row under ``header`` into ``result``."""
    if len(result.people) + len(result.rejected) >= MOST_ROWS:
        raise NotARoster(TOO_LONG)
    if row.unclosed:
        result.rejected.append(Remark(row.line, "a quotation mark in this line is never closed"))
        return
    if any(row.cells[header.width :]):
        result.rejected.append(Remark(row.line, "it has more cells than its header, so that they may have shifted"))
        return
    remarks: list[Remark] = []
    reader = RowReader(row, header, kind, day, lambda message: remarks.append(Remark(row.line, message)))
    continued = reader.continues(result.people)
    if continued:
        result.people[-1] = continued
    else:
        try:
            person = reader.person()
        except CellProblem as problem:
            result.rejected.append(Remark(row.line, str(problem)))
            return
        result.people.append(replace(person, units=units) if units and not person.units else person)
    result.remarks.extend(remarks)


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
