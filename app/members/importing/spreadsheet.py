"""An XLSX file -> rows of cells. It is looked at as a ZIP archive first: what would unfold too far is never unfolded.

openpyxl rather than python-calamine: it reads row by row and stops where we say, while calamine lays out the whole rectangle up to
the last cell, and one cell in the far corner then takes all memory. It reads by way of defusedxml, which refuses entities.
"""

import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

from defusedxml.common import DefusedXmlException

from app.members.importing.records import NotARoster

MOST_COLUMNS = 300
MOST_LINES = 200_000  # blank ones included; a sheet may have a cell far below the rest
LONGEST_CELL = 32_767  # characters, as in Excel
MOST_UNFOLDED = 48 * 1024 * 1024  # bytes; 40,000 rows of 20 columns have about 30 MB
SMALL_PART = 1024 * 1024  # bytes; below this a part may be as repetitive as it likes
MOST_TIMES = 100  # larger than it is packed; real sheets unfold to 5 to 30 times their size
MOST_PARTS = 1000
NO_SHEET = (
    "This file cannot be opened as a spreadsheet. Save it again as XLSX or CSV, and import that; nothing was changed."
)
UNFOLDS = (
    "This spreadsheet unfolds to more than a roster can hold. Save it as CSV and import that; nothing was changed."
)
TOO_WIDE = f"This file has more than {MOST_COLUMNS} columns. A roster has fewer; nothing was changed."
CELL_TOO_LONG = "A cell of this file is longer than any roster needs; nothing was changed."
TOO_FAR_DOWN = (
    f"This sheet has cells below row {MOST_LINES:,}. A roster of a whole council has fewer; nothing was changed."
)


def sheet_rows(data: bytes) -> Iterator[tuple[int, list[str]]]:
    """Each row of the first sheet with its number.

    Raises:
        NotARoster: it is no spreadsheet, or one that is made to do harm.
    """
    from openpyxl import load_workbook  # 6 MB, for those few who import

    check_archive(data)
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        for number, row in enumerate(book.worksheets[0].iter_rows(values_only=True), 1):
            if number > MOST_LINES:
                raise NotARoster(TOO_FAR_DOWN)
            if len(row) > MOST_COLUMNS and any(cell is not None for cell in row[MOST_COLUMNS:]):
                raise NotARoster(TOO_WIDE)
            yield number, [text_of(cell) for cell in row[:MOST_COLUMNS]]
    except (NotARoster, GeneratorExit):
        raise
    except (DefusedXmlException, MemoryError):
        raise NotARoster(UNFOLDS) from None
    except Exception:
        # A damaged archive makes zipfile, the XML parser and openpyxl raise a dozen kinds of their own.
        raise NotARoster(NO_SHEET) from None


def check_archive(data: bytes) -> None:
    """Refuse an archive by what it says of its parts. Python's zipfile never reads more of a part than is declared.

    Raises:
        NotARoster: it is no spreadsheet, or it unfolds too far.
    """
    try:
        parts = zipfile.ZipFile(io.BytesIO(data)).infolist()
    except Exception:
        raise NotARoster(NO_SHEET) from None
    if not any(part.filename == "[Content_Types].xml" for part in parts):
        raise NotARoster(NO_SHEET)
    folded = any(p.file_size > SMALL_PART and p.file_size > MOST_TIMES * max(1, p.compress_size) for p in parts)
    if folded or len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNFOLDED:
        raise NotARoster(UNFOLDS)


def text_of(cell: Any) -> str:
    """The cell as a CSV would hold it; Excel keeps days as numbers and whole numbers as fractions.

    Raises:
        NotARoster: it is longer than Excel allows.
    """
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    text = str(cell)
    if len(text) > LONGEST_CELL:
        raise NotARoster(CELL_TOO_LONG)
    return text
