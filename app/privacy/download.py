"""Everything about a family in one file, for machines and for people."""

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, or_, select

from app.audit.rules import record
from app.audit.wording import is_of_another_home
from app.extensions import db
from app.families.health.notes import PARTS, opened
from app.families.health.vault import Unreadable
from app.families.models import Guardian, Person
from app.families.queries import MOST_PEOPLE, family_ids
from app.identity.limits import spend
from app.identity.models import User
from app.identity.rules.accounts import digest
from app.privacy.left_out import KEPT_BACK
from app.privacy.sections import MOST_ROWS, SECTIONS, Mine, Section
from app.signups.consent import TEXTS

MOST_DOWNLOADS = 5  # of one account in one window of identity/limits.py


@dataclass(frozen=True)
class Chapter:
    """A section as it was read."""

    key: str
    title: str
    rows: list[dict[str, Any]]
    is_cut: bool


def whose(user: User) -> Mine:
    """Which people are the account's, and of whom it may see the health notes. One statement."""
    rows = db.session.execute(
        select(Person.id, or_(Person.user_id == user.id, Guardian.may_see_health))
        .outerjoin(Guardian, and_(Guardian.person_id == Person.id, Guardian.user_id == user.id))
        .where(Person.id.in_(family_ids(user.id)))
        .order_by(Person.id)
        .limit(MOST_PEOPLE)
    ).all()
    return Mine(user.id, tuple(id for id, _ in rows), tuple(id for id, healthy in rows if healthy))


def take_out(user: User) -> list[Chapter]:
    """All chapters, each of one statement, and an entry in the log that they were taken out.

    Raises:
        TooMany: the account has done so some times in the last minutes.
    """
    spend(digest(f"own data {user.id}"), MOST_DOWNLOADS)
    mine = whose(user)
    chapters = [read(section, mine) for section in SECTIONS]
    record(user, "own data downloaded", user)
    return chapters


def read(section: Section, mine: Mine) -> Chapter:
    """One chapter."""
    found = db.session.execute(section.read(mine).limit(MOST_ROWS + 1)).mappings().all()
    rows = [plain_row(section.key, row, mine.user_id) for row in found[:MOST_ROWS]]
    return Chapter(section.key, section.title, rows, len(found) > MOST_ROWS)


def plain_row(key: str, row: Mapping[Any, Any], user_id: uuid.UUID) -> dict[str, Any]:
    """A row as JSON can hold it, with the words of a permission beside its version."""
    if key == "health_notes":
        row = {"person": row["person"], **told(row), "confirmed_at": row["confirmed_at"] or row["updated_at"]}
    said = {str(name): plain(value) for name, value in row.items()}
    if key == "consents":
        said["text"] = TEXTS.get(said["text_version"])
    if key == "log" and said["changes"]:
        own = said["subject_type"] == User.__tablename__
        said["changes"] = {name: pair for name, pair in said["changes"].items() if may_be_told(name, own=own)}
    return said


def may_be_told(field: str, *, own: bool) -> bool:
    """Whether a field of the log is for this account: not what leaders wrote for themselves, and of the other home only what is of ``own``."""
    return field not in KEPT_BACK and (own or not is_of_another_home(field))


def told(row: Mapping[Any, Any]) -> dict[str, Any]:
    """The answers in a health note."""
    try:
        return asdict(opened(*(row[part.key] for part in PARTS)))
    except Unreadable as refusal:
        return {"answers": refusal.message}


def plain(value: Any) -> Any:
    """A value that JSON can hold."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, uuid.UUID | Decimal) else value
