"""Lists as files that spreadsheets open without running any of it."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence

BOM = "\ufeff"  # tells Excel that the file is UTF-8
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# A cell that begins with one of these is a formula to one spreadsheet or another. (OWASP, "CSV Injection")
FORMULA = "=+-@|%\t\r\n"
# Where semicolons part the cells, one within a text would begin a new cell.
INNER = re.compile(r"([;\t\r\n]\s*)([=+\-@])")
DASHES = "\u2010\u2011\u2012\u2013\u2014\u2212"
# What Excel refuses in a cell.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def as_csv(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The file: UTF-8 once it is encoded, with a byte order mark, rows ended by CR LF."""
    out = io.StringIO()
    out.write(BOM)
    writer = csv.writer(out, dialect="excel", quoting=csv.QUOTE_MINIMAL)
    writer.writerow(headings)
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return out.getvalue()


def as_xlsx(title: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """The same as a workbook. Every cell is text: a number that begins with zeros stays what it is, a formula is none."""
    from openpyxl import Workbook  # 6 MB, for those few who export

    book = Workbook(write_only=True)
    sheet = book.create_sheet(re.sub(r"[\[\]:*?/\\]", " ", title)[:31] or "List")
    for row in (headings, *rows):
        sheet.append([safe(CONTROL.sub(" ", cell)) for cell in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def safe(cell: str) -> str:
    """The cell with an apostrophe in front if a spreadsheet could read it as a formula.

    Blanks, control characters and invisible ones in front do not hide it, nor do full-width forms.
    """
    if cell[:1].isascii() and cell[:1].isalnum() and not INNER.search(cell):
        return cell
    # NFKC makes ASCII of full-width and small forms; blanks and everything of the categories C and Z is skipped.
    bare = next(
        (letter for letter in unicodedata.normalize("NFKC", cell[:200]) if unicodedata.category(letter)[0] not in "CZ"),
        "",
    )
    starts_so = bool(cell) and (cell[0] in FORMULA or (bare != "" and bare in FORMULA + DASHES))
    cell = INNER.sub(r"\1'\2", cell)
    return f"'{cell}" if starts_so else cell


def slug(text: str, otherwise: str) -> str:
    """A text as part of a file's name."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60] or otherwise
