"""Bytes -> rows of cells, each with its line in the file. Forgiving about encodings, delimiters and stray quotation marks."""

import csv
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from app.members.importing.cells import clean
from app.members.importing.records import LARGEST_FILE, MOST_ROWS, NotARoster
from app.members.importing.spreadsheet import CELL_TOO_LONG, MOST_COLUMNS, TOO_WIDE, sheet_rows

MOST_LINES_IN_A_ROW = 10  # a cell may hold line breaks; a quotation mark that is never closed would take the whole file
LONGEST_LINE = 1_000_000  # characters; a line that is longer is no row of a roster
DELIMITERS = ",\t;"
# How a row of the report begins: with its index. A cell's second line hardly ever does.
NEXT_ROW = re.compile(r'\s*"?\d+"?\s*[,;\t]')
TOO_LARGE = f"This file is larger than {LARGEST_FILE // 1024 // 1024} MB. A roster of a whole council is smaller; nothing was changed."
TOO_LONG = f"This file has more than {MOST_ROWS:,} rows. A roster of a whole council has fewer; nothing was changed."
OLD_SPREADSHEET = (
    "This is a spreadsheet of an old kind. Open it, save it as XLSX or CSV, and import that; nothing was changed."
)
BINARY = "This file is not a roster: it is not even text. Export the roster as CSV or XLSX; nothing was changed."
ARCHIVE, OLD_OFFICE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class Row:
    """One row. ``unclosed`` tells that a quotation mark in it is never closed, so that its cells mean nothing."""

    line: int
    cells: list[str]
    unclosed: bool = False


def rows_of(data: bytes) -> Iterator[Row]:
    """Every row of the file, CSV or XLSX, blank ones left out.

    Raises:
        NotARoster: it is too large, too long, too wide, or nothing that holds rows.
    """
    if len(data) > LARGEST_FILE:
        raise NotARoster(TOO_LARGE)
    found = spreadsheet_rows(data) if data.startswith(ARCHIVE) else text_rows(data)
    taken = 0
    for row in found:
        if any(row.cells):
            taken += 1
            # Headers, titles and the like may come on top.
            if taken > MOST_ROWS + 100:
                raise NotARoster(TOO_LONG)
            yield row


def spreadsheet_rows(data: bytes) -> Iterator[Row]:
    """The rows of an XLSX file."""
    for number, cells in sheet_rows(data):
        yield Row(number, [clean(cell) for cell in cells])


def text_rows(data: bytes) -> Iterator[Row]:
    """The rows of a CSV file."""
    # str.splitlines() would also break at letters that are no line ends to an editor, and the numbers would not fit.
    lines = re.split(r"\r\n|\n|\r", decode(data))
    # Counted before anything is parsed.
    if sum(1 for line in lines if line.strip(" ,;\t")) > MOST_ROWS + 100:
        raise NotARoster(TOO_LONG)
    if max(map(len, lines)) > LONGEST_LINE:
        raise NotARoster(CELL_TOO_LONG)
    delimiter = likely_delimiter(lines)
    position = 0
    while position < len(lines):
        cells, taken = parse(lines, position, delimiter)
        if any(cells[MOST_COLUMNS:]):
            raise NotARoster(TOO_WIDE)
        row = Row(position + 1, [clean(cell) for cell in cells[:MOST_COLUMNS]], unclosed=taken == 0)
        position += taken or 1
        yield row


def decode(data: bytes) -> str:
    """UTF-8 or UTF-16, with or without their marks, or what older Windows programs write, or Excel as "CSV (Macintosh)".

    Raises:
        NotARoster: it is an old spreadsheet, or no text.
    """
    if data.startswith(OLD_OFFICE):
        raise NotARoster(OLD_SPREADSHEET)
    try:
        text = data.decode(unicode_of(data))
    except UnicodeDecodeError:
        # Only a Macintosh ends lines like this, and keeps its letters where others have hardly any.
        if b"\n" not in data and b"\r" in data and re.search(rb"[\x80-\x9f]", data):
            return data.decode("mac-roman")
        text = data.decode("latin-1")
        with suppress(UnicodeDecodeError):
            text = data.decode("cp1252")  # latin-1 with curly quotes; leaves five bytes without a meaning
    if "\x00" in text:
        raise NotARoster(BINARY)
    return text


def unicode_of(data: bytes) -> str:
    """The Unicode encoding that the first bytes speak for. UTF-16 is what Excel calls "Unicode text"."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    start = data[:200]
    # In UTF-16 every other byte of plain English is NUL.
    for encoding, zeros in (("utf-16-le", start[1::2]), ("utf-16-be", start[::2])):
        if len(start) > 20 and zeros.count(0) > len(zeros) * 0.8 and start.count(0) == zeros.count(0):
            return encoding
    return "utf-8-sig"


def likely_delimiter(lines: list[str]) -> str:
    """The one that stands most often in the first lines that name their columns, or else in the first lines at all."""
    start = [line for line in lines[:200] if line.strip()]
    headers = [line for line in start if re.search(r"(first|last)[ _]?name", line, re.IGNORECASE)]
    text = "".join(headers[:1] or start[:30])
    return max(DELIMITERS, key=text.count)


def parse(lines: list[str], start: int, delimiter: str) -> tuple[list[str], int]:
    """The cells of the row that starts at ``start``, and how many lines it takes; 0 when its quotation never ends."""
    for taken in range(1, MOST_LINES_IN_A_ROW + 1):
        chunk = lines[start : start + taken]
        if len(chunk) < taken or (taken > 1 and NEXT_ROW.match(chunk[-1])):
            break
        text = "\n".join(chunk)
        if not open_ended(text, delimiter):
            try:
                return next(csv.reader([text], delimiter=delimiter), []), taken
            except csv.Error:  # a cell larger than the csv module takes
                break
    return [lines[start][:1000]], 0


def open_ended(text: str, delimiter: str) -> bool:
    """Whether the row still waits for a closing quotation mark."""
    if '"' not in text:
        return False
    try:
        # Strict mode complains at the end of an unclosed quotation, which the forgiving one swallows.
        list(csv.reader([text], delimiter=delimiter, strict=True))
    except csv.Error as problem:
        return "unexpected end of data" in str(problem)
    return False
