"""One cell at a time: what people and their registrar's software write into them. Each raises ``CellProblem`` or nothing."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from typing import TypeVar

from app.families.models import Gender, PersonKind, SwimClass
from app.members.importing.records import TrainingSeen

Value = TypeVar("Value")
LONGEST_NAME = 80  # characters, as in the CHECKs on people and patrols
LONGEST_TEXT = 200
EARLIEST = date(1900, 1, 2)  # the CHECK on people.birth_date
DATE_SHAPES = ("%m/%d/%Y", "%Y-%m-%d", "%m/%d/%y", "%Y/%m/%d", "%d.%m.%Y", "%d %b %Y", "%b %d, %Y")
# Written with its hyphens it can be nothing else; the column named "SSN" is never looked at to begin with.
SOCIAL_SECURITY = re.compile(r"(?<!\d)\d{3}([- ])\d{2}\1\d{4}(?!\d)")
REDACTED = "000-00-0000"  # looks like one, so that whoever reads the cell later says so
LONG_NUMBER = re.compile(r"\d(?:[ -]?\d){8,}")
FORM_DATE = re.compile(r"(\d{1,2}/\d{1,2}/\d{2,4}|\d{4}-\d{2}-\d{2})\s*\((A/?B|C)\)", re.IGNORECASE)
TRAINING_CODE = re.compile(r"([A-Z]{1,5}_?\d{1,5}[A-Z]?)\s+(\S.*)")
IN_PATROL = re.compile(r"\[\s*([^\[\]]*?)\s*\]\s*(?:patrol|den|crew)?", re.IGNORECASE)
RELATIONSHIP = re.compile(r"(?:\((\d+)\)\s*-?\s*)?(?:([^()-]+?)\s+of\b)?.*", re.IGNORECASE | re.DOTALL)
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
# Being a member is no position.
PLAIN_MEMBER = {"scouts bsa", "scouting america", "cub scouts", "venturing", "sea scouts", "exploring", "youth member"}
GENDERS = {
    "m": Gender.MALE, "male": Gender.MALE, "boy": Gender.MALE,
    "f": Gender.FEMALE, "female": Gender.FEMALE, "girl": Gender.FEMALE,
    "o": Gender.OTHER, "other": Gender.OTHER, "x": Gender.OTHER, "n": Gender.OTHER, "non-binary": Gender.OTHER,
}  # fmt: skip


class CellProblem(Exception):
    """The cell cannot be used; the text says why and repeats nothing that must not be kept."""


def clean(text: str) -> str:
    """One line of composed letters without control characters: PostgreSQL refuses NUL, and names must compare equal."""
    if text.isascii() and text.isprintable():  # nearly every cell of nearly every roster
        return " ".join(text.split())
    composed = unicodedata.normalize("NFC", text)
    return " ".join(
        "".join(" " if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") else c for c in composed).split()
    )


def day(text: str) -> date:
    """``06/01/2026`` (month first, as Scouting America exports), ``2026-06-01``."""
    for shape in DATE_SHAPES:
        try:
            found = datetime.strptime(text, shape).date()
        except ValueError:
            continue
        if found >= EARLIEST:
            return found
    raise CellProblem(f"“{short(text)}” is not a date")


def short(text: str) -> str:
    """Enough of a cell to find it in the file, without any long number in it: it may be one that nobody should see."""
    text = LONG_NUMBER.sub("…", text)
    return text if len(text) <= 40 else text[:39] + "…"


def name(text: str) -> str:
    """A person's or patrol's name."""
    if len(text) > LONGEST_NAME:
        raise CellProblem(f"“{short(text)}” is longer than {LONGEST_NAME} characters")
    return text


def words(text: str) -> str:
    """A rank, a position."""
    if len(text) > LONGEST_TEXT:
        raise CellProblem(f"“{short(text)}” is longer than {LONGEST_TEXT} characters")
    return text


def member_number(text: str) -> str:
    """Digits, as the registrar gives them; letters occur in other associations."""
    number = text.strip("#'= ")
    if SOCIAL_SECURITY.search(number):
        raise CellProblem("what stands as member number looks like a social security number")
    if not re.fullmatch(r"[A-Za-z0-9-]{1,20}", number) or not any(c.isdigit() for c in number):
        raise CellProblem(f"“{short(number)}” is not a member number")
    return number.lstrip("0") or "0"


def kind(text: str) -> PersonKind | None:
    """``Youth``, ``Adult, 18 or over``, ``scout``; nothing for what says neither."""
    word = text.casefold().partition(",")[0].strip()
    if word in ("youth", "scout", "cub", "child", "y"):
        return PersonKind.YOUTH
    return PersonKind.ADULT if word in ("adult", "leader", "scouter", "a") else None


def yes(text: str) -> bool | None:
    """``Yes``, ``no``; nothing for what is neither."""
    return {"yes": True, "y": True, "true": True, "no": False, "n": False, "false": False}.get(text.casefold())


def year_after(day: date) -> date:
    """The same day of the next year; a leap day's is the 28th."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)


def gender(text: str) -> str:
    """``M``, ``F`` and their words."""
    try:
        return GENDERS[text.casefold()].value
    except KeyError:
        raise CellProblem(f"“{short(text)}” is not a gender that we know") from None


def email(text: str) -> str:
    """An address, as it is written."""
    if len(text) > 254 or not EMAIL.fullmatch(text):
        raise CellProblem(f"“{short(text)}” is not an email address")
    return text


def phone(text: str) -> str:
    """A number, as it is written."""
    if not 7 <= sum(c.isdigit() for c in text) <= 20 or len(text) > 40:
        raise CellProblem(f"“{short(text)}” is not a phone number")
    return text


def patrol(text: str) -> str | None:
    """``[ Vikings]`` or `` Vikings``."""
    inner = IN_PATROL.fullmatch(text)
    return name(inner[1] if inner else text) or None


def position(text: str) -> str | None:
    """``Scribe [ Fox] Patrol | Scouts BSA [ Fox] Patrol`` is the position ``Scribe``; the patrol has a column of its own."""
    kept: list[str] = []
    for part in text.split("|"):
        plain = IN_PATROL.sub("", part).strip()
        if plain and plain.casefold() not in PLAIN_MEMBER and plain not in kept:
            kept.append(plain)
    return words(" | ".join(kept)) or None


def patrol_in_position(text: str) -> str | None:
    """The patrol that a position names, for files without a column of patrols."""
    found = IN_PATROL.search(text)
    return name(found[1]) or None if found else None


def swim(text: str) -> tuple[str, date | None]:
    """``Swimmer (06/01/2026)``, ``Non-swimmer``."""
    bare, _, rest = text.partition("(")
    key = re.sub(r"[\s-]", "", bare).casefold()
    if key not in set(SwimClass):
        raise CellProblem(f"“{short(text)}” is not a swim class")
    inside = rest.rstrip(") ").strip()
    return SwimClass(key).value, day(inside) if inside else None


def forms(text: str, only: str = "") -> dict[str, date]:
    """``05/06/2023(AB) (Expired) | 05/06/2025 (C)``: the days on which parts A/B and part C run out.

    ``only`` is ``AB`` or ``C`` where a column holds dates of one part, without the tag.
    """
    found: dict[str, date] = {}
    for raw, tag in FORM_DATE.findall(text):
        part, until = tag.upper().replace("/", ""), day(raw)
        found[part] = max(until, found.get(part, until))
    rest = FORM_DATE.sub("", text)
    bare = re.sub(r"\(expired\)|\|", " ", rest, flags=re.IGNORECASE).strip()
    if bare and only and not found:
        return {only: day(bare)}
    if bare and not found:
        raise CellProblem(f"“{short(text)}” holds no date of a health form")
    return found


def trainings(names: str, dates: str) -> tuple[list[TrainingSeen], str | None]:
    """Two parallel lists, divided by ``|``. Returns them joined, and why dates were left out, if they were."""
    titles = [part.strip() for part in names.split("|")]
    ends = [part.strip() for part in dates.split("|")] if dates.strip(" |") else [""] * len(titles)
    problem = None
    if len(ends) != len(titles):
        # Which date belongs to which training cannot be known; a wrong one could let somebody untrained drive.
        problem = f"{len(titles)} trainings but {len(ends)} expiration dates; the dates are left out"
        ends = [""] * len(titles)
    found: dict[str, TrainingSeen] = {}
    for title, end in zip(titles, ends, strict=True):
        if not title:
            continue
        coded = TRAINING_CODE.fullmatch(title)
        code, label = (coded[1], words(coded[2])) if coded else (name(title), title)
        try:
            until = day(end) if any(c.isdigit() for c in end) else None
        except CellProblem as broken:
            until, problem = None, str(broken)
        before = found.get(code)
        if before is None or later(until, before.expires_on):
            found[code] = TrainingSeen(code, label, until)
    return list(found.values()), problem


def later(new: date | None, old: date | None) -> bool:
    """Whether ``new`` says more than ``old``: a first date, or a later one."""
    return new is not None and (old is None or new > old)


def relationship(text: str) -> tuple[str | None, str | None]:
    """``(1300113) - Father of - Guardian``: the guardian's member number, and ``Father``."""
    found = RELATIONSHIP.fullmatch(text)
    number, role = (found[1], found[2]) if found else (None, None)
    if role is None and number is None:
        role = text
    return number.lstrip("0") or None if number else None, words(role.strip(" -()")) or None if role else None


def section(text: str) -> PersonKind | None:
    """``ADULT MEMBERS`` or ``YOUTH MEMBERS``, and what newer exports may call them."""
    found = re.fullmatch(r"(adult|youth)s?(\s+(members?|leaders?|participants?|scouts?))*", text.casefold())
    return PersonKind(found[1]) if found else None


def attempt(read: Callable[[str], Value], text: str, note: Callable[[str], None], column: str) -> Value | None:
    """What ``read`` makes of a cell; nothing for an empty one, and a note for one that cannot be used."""
    if not text:
        return None
    if SOCIAL_SECURITY.search(text):
        note(f"{column} holds what looks like a social security number; it is not kept")
        return None
    try:
        return read(text)
    except CellProblem as problem:
        note(f"{column}: {problem}")
        return None
