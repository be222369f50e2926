"""Who did what and when, and who read whose health data. Rows are only ever added."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import now
from app.extensions import Model, new_id


class AuditEntry(Model):
    """One change: field by field as ``{"field": [before, after]}``."""

    __tablename__ = "audit_entries"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())
    actor_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    action: Mapped[str]
    subject_type: Mapped[str]
    # No foreign key: the entry outlives what it tells of.
    subject_id: Mapped[uuid.UUID]
    unit_id: Mapped[uuid.UUID | None]
    outing_id: Mapped[uuid.UUID | None]
    changes: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'::jsonb"))
    reason: Mapped[str | None]
    request_id: Mapped[str | None]

    __table_args__ = (
        Index("ix_audit_entries_subject_id_at", "subject_id", "at"),
        Index("ix_audit_entries_outing_id_at", "outing_id", "at"),
        Index("ix_audit_entries_unit_id_at", "unit_id", "at"),
        Index("ix_audit_entries_actor_id_at", "actor_id", "at"),
        Index("ix_audit_entries_at_id", "at", "id"),
    )


class HealthRead(Model):
    """Somebody other than a guardian looked at a person's health notes."""

    __tablename__ = "health_reads"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())
    reader_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    person_id: Mapped[uuid.UUID] = mapped_column(index=True)
    outing_id: Mapped[uuid.UUID | None]
    purpose: Mapped[str]
