"""The list as a file that spreadsheets open without running any of it."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable

from app.outings.models import Outing
from app.roster.lines import Line
from app.roster.queries import Contact

BOM = "\ufeff"  # tells Excel that the file is UTF-8
HEADINGS = (
    "Name",
    "Age and rank",
    "Patrol",
    "Troop",
    "Guardian",
    "Phone",
    "Permission",
    "Forms",
    "Note",
    "State",
    "Reason",
)
# A cell that begins with one of these is a formula to one spreadsheet or another. (OWASP, "CSV Injection")
FORMULA = "=+-@|%\t\r\n"
# Where semicolons part the cells, one within a text would begin a new cell.
INNER = re.compile(r"([;\t\r\n]\s*)([=+\-@])")
DASHES = "\u2010\u2011\u2012\u2013\u2014\u2212"


def as_csv(lines: Iterable[Line]) -> str:
    """The file: UTF-8 once it is encoded, with a byte order mark, rows ended by CR LF."""
    out = io.StringIO()
    out.write(BOM)
    writer = csv.writer(out, dialect="excel", quoting=csv.QUOTE_MINIMAL)
    writer.writerow(HEADINGS)
    writer.writerows([safe(cell) for cell in cells(line)] for line in lines)
    return out.getvalue()


def cells(line: Line) -> list[str]:
    """The same as on screen; who has no name is called by phone alone."""
    permission = line.permission[1] if line.permission else ""
    return [
        line.name,
        line.about,
        line.patrol,
        line.troop,
        " / ".join(contact.name for contact in line.contacts if contact.name),
        " / ".join(phone_of(contact, several=len(line.contacts) > 1) for contact in line.contacts if contact.phone),
        f"{permission}: {line.permission_why}" if line.permission_why else permission,
        ", ".join(words for _, words in line.forms),
        line.note,
        line.state_chip[1],
        line.why,
    ]


def phone_of(contact: Contact, *, several: bool) -> str:
    """A phone that stays text: a spreadsheet takes 0171234567 for a number and drops its zero."""
    phone = (contact.phone or "").strip()
    if phone.isdigit() and len(phone) > 4:
        start, end = phone[:-4], phone[-4:]
        groups = [start[max(0, at - 3) : at] for at in range(len(start), 0, -3)][::-1]
        phone = " ".join([*groups, end])
    return f"{contact.name.split()[0]} {phone}" if several and contact.name else phone


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


def filename(outing: Outing) -> str:
    """``winter-camp-2026-12-05-roster.csv``."""
    plain = unicodedata.normalize("NFKD", outing.title).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60] or "outing"
    return f"{slug}-{outing.starts_at.astimezone(outing.zone):%Y-%m-%d}-roster.csv"
