"""Writing the trail. Entries are added in the transaction of the change that they tell of, and never touched again."""

import uuid
from collections.abc import Mapping
from typing import Any, Protocol, TypedDict, Unpack

from app.audit.models import AuditEntry, HealthRead
from app.extensions import db
from app.identity.models import User
from app.request_id import request_id
from app.writing import fresh


class Subject(Protocol):
    """Whatever has an id and a table."""

    __tablename__: str
    id: Any


class Details(TypedDict, total=False):
    """What else an entry may say. ``changes`` maps a field to ``[before, after]``."""

    changes: Mapping[str, Any] | None
    unit_id: uuid.UUID | None
    outing_id: uuid.UUID | None
    reason: str | None


def record(actor: User | None, action: str, subject: Subject, **details: Unpack[Details]) -> AuditEntry:
    """Add one entry; ``actor`` is None for a command."""
    entry = AuditEntry(**said(actor, action, subject, details))
    db.session.add(entry)
    return entry


def entry_of(actor: User | None, action: str, subject: Subject, **details: Unpack[Details]) -> AuditEntry:
    """The same entry, for a caller that writes it together with other rows (``insert_together``)."""
    return fresh(AuditEntry, **said(actor, action, subject, details))


def said(actor: User | None, action: str, subject: Subject, details: Details) -> dict[str, Any]:
    """The entry's columns."""
    changes = details.get("changes") or {}
    return {
        "actor_id": actor.id if actor else None,
        "action": action,
        "subject_type": subject.__tablename__,
        "subject_id": subject.id,
        "unit_id": details.get("unit_id"),
        "outing_id": details.get("outing_id"),
        "changes": {name: [plain(before), plain(after)] for name, (before, after) in changes.items()},
        "reason": details.get("reason"),
        "request_id": request_id.get(),
    }


def record_health_read(reader: User, person_id: uuid.UUID, purpose: str, outing_id: uuid.UUID | None = None) -> None:
    """Somebody looks at a person's health notes, for ``purpose``, a few words that the guardians can read."""
    db.session.add(HealthRead(reader_id=reader.id, person_id=person_id, outing_id=outing_id, purpose=purpose))


def assign(target: Any, values: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Set those attributes of ``target`` that differ, and return what changed, as ``record`` takes it."""
    changes = {}
    for name, after in values.items():
        before = getattr(target, name)
        if before != after:
            setattr(target, name, after)
            changes[name] = [before, after]
    return changes


def plain(value: Any) -> Any:
    """A value that JSON can hold."""
    return value if value is None or isinstance(value, str | int | bool | list) else str(value)
