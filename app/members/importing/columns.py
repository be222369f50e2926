"""Which column of a file holds what. Headers match by name, never by position: people choose their own columns, in any order."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.members.importing.table import Row

NAMES = {
    "first_name": "first name, firstname, given name, forename", "last_name": "last name, lastname, surname, family name",
    "preferred_name": "nickname, preferred name, goes by",
    "email": "email, email address, e-mail, primaryemail, email #1", "gender": "gender, sex, sex (m/f)",
    "member_number": "bsa number, bsa id, bsa id#, bsa member id, bsa#, member number, member id, memberid, membership number",
    "units": "unit number, unit", "birth_date": "date of birth, dob, birth date, birthdate, birthday",
    "kind": "youth or adult", "registered": "registered",
    "training": "training", "training_until": "expiration date",
    "safeguarding_until": "stryptexpirationdate", "registered_until": "expirydtstr",
    "forms": "health form a/b - health form c", "form_ab": "health form a/b, health form a/b until",
    "form_c": "health form c, health form c until",
    "swim": "swim class, swimming level", "swim_on": "swim class date",
    "position": "positions, position, positionname", "patrol": "patrol, den, lodge", "rank": "rank, current rank",
    "guardian": "parent/guardian name, parent/guardian, guardian, guardians", "relationship": "relationship",
    "phone": "mobile phone, cell phone, mobile, cell, primaryphone", "phone_2": "home phone, phone", "phone_3": "work phone",
}  # fmt: skip
COLUMNS = {name: field for field, names in NAMES.items() for name in names.split(", ")}
# TroopMaster keeps the day of the examination, the others the day on which it runs out.
TROOPMASTER = {"health form a": "exam_a", "health form b": "exam_b", "health form c": "exam_c"}
PARENT = re.compile(
    r"parent #?(?P<number>\d)\s+(?P<part>last name|first name|relation|cell phone|home phone|email #1|email)"
)
# Never looked at, whatever somebody maps: numbers that this product has no business with, and health, which guardians write.
DROPPED = re.compile(
    r"\bssn?\b|ss ?#|social|licen[cs]e|driver|\bdl\b|passport|insur|polic|allerg|medic|diet|immuni|vaccin|physician|doctor|condition"
)


class Style(StrEnum):
    """The programs whose files are known by their headers."""

    SCOUTBOOK = "Scoutbook roster report"
    MY_SCOUTING = "my.scouting roster report"
    TROOPMASTER = "TroopMaster scout data"
    OWN = "members exported from this site"
    MAPPED = "a file whose columns you named"


@dataclass(frozen=True)
class Header:
    """Which columns hold what; a field may have several columns."""

    style: Style
    columns: dict[str, list[int]]
    width: int
    parents: dict[str, dict[str, int]] = field(default_factory=dict)


def bare(cell: str) -> str:
    """A header without case, leading dots and the blanks around them."""
    return cell.strip(". ").casefold()


def header_of(row: Row) -> Header | None:
    """The header that this row is, if it is one that names people. Its style is a guess until a section says otherwise."""
    columns: dict[str, list[int]] = {}
    parents: dict[str, dict[str, int]] = {}
    names = [bare(cell) for cell in row.cells]
    for index, name in enumerate(names):
        known = COLUMNS.get(name) or TROOPMASTER.get(name)
        if known:
            columns.setdefault(known, []).append(index)
        elif parent := PARENT.fullmatch(name):
            parents.setdefault(parent["number"], {}).setdefault(parent["part"], index)
    if "first_name" not in columns or "last_name" not in columns:
        return None
    return Header(style_of(set(names), parents), columns, len(row.cells), parents)


def style_of(names: set[str], parents: Mapping[str, object]) -> Style:
    """Which program names its columns so."""
    if "youth or adult" in names:
        return Style.OWN
    if "memberid" in names and "positionname" in names:
        return Style.MY_SCOUTING
    if parents or {"bsa id#", "sex (m/f)", "swimming level"} & names:
        return Style.TROOPMASTER
    return Style.MAPPED


# --- files that nobody knows

# What a column can be mapped to, in the order of the list on screen.
FIELDS = {
    "first_name": "First name", "last_name": "Last name", "preferred_name": "Preferred name", "member_number": "Member number",
    "birth_date": "Birth date", "kind": "Youth or adult", "gender": "Gender", "email": "Email (adults only)", "phone": "Phone",
    "patrol": "Patrol or den", "position": "Position", "rank": "Rank", "registered_until": "Registered until",
    "swim": "Swim class", "swim_on": "Day of the swim test", "form_ab": "Health form A/B valid until",
    "form_c": "Health form C valid until", "training": "Trainings", "training_until": "Trainings valid until",
    "guardian": "Name of a guardian", "relationship": "Guardian's relationship", "units": "Unit",
}  # fmt: skip
FEWEST_COLUMNS, LAST_HEADER_LINE = 2, 40


def labels_of(row: Row) -> list[str]:
    """A name for each column, a number behind those that come again, nothing for those that are dropped."""
    seen: dict[str, int] = {}
    labels = []
    for cell in row.cells:
        label = cell.strip(". ")[:80]
        key = label.casefold()
        if not label or DROPPED.search(key):
            labels.append("")
            continue
        seen[key] = seen.get(key, 0) + 1
        labels.append(label if seen[key] == 1 else f"{label} ({seen[key]})")
    return labels


def may_be_header(row: Row) -> bool:
    """Whether a row names columns: several cells, all words, no two alike in all but a few."""
    filled = [bare(cell) for cell in row.cells if bare(cell)]
    wordy = [cell for cell in filled if any(c.isalpha() for c in cell) and not re.search(r"\d{3}|@", cell)]
    return len(filled) >= FEWEST_COLUMNS and len(wordy) == len(filled) and row.line <= LAST_HEADER_LINE


def fingerprint(labels: list[str]) -> str:
    """The same for the same columns in any order: what a unit's mapping is remembered by."""
    text = "\n".join(sorted(label.casefold() for label in labels if label))
    return hashlib.sha256(text.encode()).hexdigest()


def guesses(labels: list[str]) -> dict[str, str]:
    """Label -> field, where the name of the column says it; each field once."""
    found: dict[str, str] = {}
    for label in labels:
        known = COLUMNS.get(bare(label))
        known = {"phone_2": "phone", "phone_3": "phone", "safeguarding_until": None}.get(known or "", known)
        if known in FIELDS and known not in found.values():
            found[label] = known
    return found


def mapped(labels: list[str], mapping: Mapping[str, str]) -> Header:
    """The header that somebody made of a file by naming its columns."""
    columns: dict[str, list[int]] = {}
    for index, label in enumerate(labels):
        if label and (wanted := mapping.get(label)) in FIELDS:
            columns.setdefault(wanted, []).append(index)
    return Header(Style.MAPPED, columns, len(labels))
