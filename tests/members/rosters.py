"""Roster files for tests: the project's own small one, and any other from a few words."""

from pathlib import Path

from app.members.importing.reading import read_roster
from app.members.importing.records import RosterFile

SMALL = Path(__file__).parent / "data" / "scoutbook_small.csv"
# A bigger fictional roster, where the checkout stands beside it.
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"

ADULT = ["First Name", "Last Name", "Email", "Gender", "BSA Number", "Unit Number", "Training", "Expiration Date"]
ADULT += ["Health Form A/B - Health Form C", "Swim Class", "Swim Class Date", "Positions"]
YOUTH = ["First Name", "Last Name", "BSA Number", "Date of Birth", "Gender", "Rank", "Health Form A/B - Health Form C"]
YOUTH += [
    "Swim Class",
    "Swim Class Date",
    "Positions",
    "Patrol",
    "Parent/Guardian Name",
    "Relationship",
    "Mobile Phone",
]


def cell(text: str) -> str:
    quoted = text.replace('"', '""')
    return f'"{quoted}"' if any(c in text for c in ',"\n') else text


def section(title: str, columns: list[str], people: list[dict[str, str]]) -> list[str]:
    lines = [f" ,{title}", " ," + ",".join(columns)]
    lines += [f"{i}," + ",".join(cell(p.get(c, "")) for c in columns) for i, p in enumerate(people, 1)]
    return [*lines, ""]


def adults(*people: dict[str, str], columns: list[str] | None = None) -> list[str]:
    return section("ADULT MEMBERS", columns or ADULT, list(people))


def youth(*people: dict[str, str], columns: list[str] | None = None) -> list[str]:
    return section("YOUTH MEMBERS", columns or YOUTH, list(people))


def person(first: str = "Ava", last: str = "Holm", number: str = "", **cells: str) -> dict[str, str]:
    return {"First Name": first, "Last Name": last, "BSA Number": number, **cells}


def data(*sections: list[str]) -> bytes:
    return "\r\n".join(line for part in sections for line in part).encode()


def read(*sections: list[str]) -> RosterFile:
    return read_roster(data(*sections))
