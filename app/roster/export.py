"""The list as a file that spreadsheets open without running any of it."""

from collections.abc import Iterable

from app.outings.models import Outing
from app.roster.found import Contact
from app.roster.lines import Line
from app.web import spreadsheets

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
    "Photos",
    "Ride",
)


def as_csv(lines: Iterable[Line]) -> str:
    """The file."""
    return spreadsheets.as_csv(HEADINGS, (cells(line) for line in lines))


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
        line.photos.removeprefix("photos: "),
        line.ride,
    ]


def phone_of(contact: Contact, *, several: bool) -> str:
    """A phone that stays text: a spreadsheet takes 0171234567 for a number and drops its zero."""
    phone = (contact.phone or "").strip()
    if phone.isdigit() and len(phone) > 4:
        start, end = phone[:-4], phone[-4:]
        groups = [start[max(0, at - 3) : at] for at in range(len(start), 0, -3)][::-1]
        phone = " ".join([*groups, end])
    return f"{contact.name.split()[0]} {phone}" if several and contact.name else phone


def filename(outing: Outing) -> str:
    """``winter-camp-2026-12-05-roster.csv``."""
    return f"{spreadsheets.slug(outing.title, 'outing')}-{outing.starts_at.astimezone(outing.zone):%Y-%m-%d}-roster.csv"
