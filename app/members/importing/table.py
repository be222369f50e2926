"""Bytes -> rows of cells, each with its line in the file. Forgiving about encodings, delimiters and stray quotation marks."""

import csv
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from app.members.importing.cells import clean
from app.members.importing.records import LARGEST_FILE, MOST_ROWS, NotARoster

MOST_LINES_IN_A_ROW = 10  # a cell may hold line breaks; a quotation mark that is never closed would take the whole file
DELIMITERS = ",\t;"
# How a row of the report begins: with its index. A cell's second line hardly ever does.
NEXT_ROW = re.compile(r'\s*"?\d+"?\s*[,;\t]')
TOO_LARGE = f"This file is larger than {LARGEST_FILE // 1024 // 1024} MB. A roster of a whole council is smaller; nothing was changed."
TOO_LONG = f"This file has more than {MOST_ROWS:,} rows. A roster of a whole council has fewer; nothing was changed."
SPREADSHEET = "This is a spreadsheet file, not CSV. Open it, save it as CSV, and import that; nothing was changed."
BINARY = "This file is not a roster: it is not even text. Export the roster report as CSV; nothing was changed."


@dataclass(frozen=True)
class Row:
    """One row. ``unclosed`` tells that a quotation mark in it is never closed, so that its cells mean nothing."""

    line: int
    cells: list[str]
    unclosed: bool = False


def rows_of(data: bytes) -> Iterator[Row]:
    """Every row of the file, blank ones left out.

    Raises:
        NotARoster: it is too large, too long, or no text at all.
    """
    # str.splitlines() would also break at letters that are no line ends to an editor, and the numbers would not fit.
    lines = re.split(r"\r\n|\n|\r", decode(data))
    # Counted before anything is parsed; headers, titles and blank rows may come on top.
    if sum(1 for line in lines if line.strip(" ,;\t")) > MOST_ROWS + 100:
        raise NotARoster(TOO_LONG)
    delimiter = likely_delimiter(lines)
    position = 0
    while position < len(lines):
        cells, taken = parse(lines, position, delimiter)
        row = Row(position + 1, [clean(cell) for cell in cells], unclosed=taken == 0)
        position += taken or 1
        if any(row.cells):
            yield row


def decode(data: bytes) -> str:
    """UTF-8, with or without its mark, or what older Windows programs write.

    Raises:
        NotARoster: it is too large, a spreadsheet, or no text.
    """
    if len(data) > LARGEST_FILE:
        raise NotARoster(TOO_LARGE)
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise NotARoster(SPREADSHEET)
    try:
        # What Excel calls "Unicode text".
        text = data.decode("utf-16") if data.startswith((b"\xff\xfe", b"\xfe\xff")) else data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
        with suppress(UnicodeDecodeError):
            text = data.decode("cp1252")  # latin-1 with curly quotes; leaves five bytes without a meaning
    if "\x00" in text:
        raise NotARoster(BINARY)
    return text


def likely_delimiter(lines: list[str]) -> str:
    """The one that stands most often in the first lines that name their columns."""
    for line in lines:
        if "first name" in line.casefold():
            return max(DELIMITERS, key=line.count)
    return ","


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
