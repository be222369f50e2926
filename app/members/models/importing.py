"""A roster file on its way in: its rows, what they change, and what a unit has said of its columns."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.clock import now
from app.extensions import Model, new_id
from app.units.models import Unit


class ImportState(StrEnum):
    """How far an import is."""

    COLUMNS = "columns"  # somebody has to say what the columns hold
    COMPARING = "comparing"
    READY = "ready"
    APPLIED = "applied"
    UNDONE = "undone"


class Outcome(StrEnum):
    """What becomes of a row of the file."""

    READ = "read"  # not compared yet
    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    UNCLEAR = "unclear"
    REJECTED = "rejected"


class RosterImport(Model):
    """A roster file that somebody brought: what it would change, then what it has changed.

    What was read of the file is kept here and nowhere else, until the import is made, or for a day.
    """

    __tablename__ = "roster_imports"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id", ondelete="CASCADE"))
    # Empty for the command, and once the account is gone. A plan is its maker's alone until it is applied.
    by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    file_name: Mapped[str]
    style: Mapped[str]
    state: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())
    applied_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    # The table of a file whose columns nobody knew, compressed; gone with the plan.
    cells: Mapped[bytes | None]
    rows: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    compared: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    not_in_file: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    # Ids of the patrols that it added.
    patrols: Mapped[list[str]] = mapped_column(JSONB, default=list, server_default=text("'[]'::jsonb"))

    unit: Mapped[Unit] = relationship()

    __table_args__ = (
        CheckConstraint("state IN ('columns', 'comparing', 'ready', 'applied', 'undone')", name="state_known"),
        CheckConstraint("compared BETWEEN 0 AND rows", name="compared_within_rows"),
        Index("ix_roster_imports_unit_id_created_at", "unit_id", "created_at"),
        Index("ix_roster_imports_state_created_at", "state", "created_at"),
        Index("ix_roster_imports_by_id", "by_id"),
    )


class ImportRow(Model):
    """One row of a roster file, in the order in which rows are compared: those with a member number first."""

    __tablename__ = "roster_import_rows"

    import_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("roster_imports.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    line: Mapped[int]
    outcome: Mapped[str]
    name: Mapped[str]
    member_number: Mapped[str | None]
    # Under which a second row for the same new person would be found.
    fresh_key: Mapped[str | None]
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"), index=True)
    # Why it cannot be used, or which cells were left out.
    remark: Mapped[str | None]
    # The row as it was read, while it is a plan.
    said: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    # [{"key", "before", "after", "on"}]
    changes: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list, server_default=text("'[]'::jsonb"))
    # What was written, for whoever takes it back.
    done: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))

    __table_args__ = (
        CheckConstraint(
            "outcome IN ('read', 'new', 'changed', 'unchanged', 'unclear', 'rejected')", name="outcome_known"
        ),
        Index("ix_roster_import_rows_outcome_line", "import_id", "outcome", "line"),
        Index("ix_roster_import_rows_member_number", "import_id", "member_number"),
        Index("ix_roster_import_rows_fresh_key", "import_id", "fresh_key"),
    )


class ColumnMemory(Model):
    """What a unit has said of the columns of a file, for the next file with the same ones."""

    __tablename__ = "roster_columns"

    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id", ondelete="CASCADE"), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(primary_key=True)
    # Label -> field.
    fields: Mapped[dict[str, Any]]
    kind: Mapped[str | None]
    used_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())

    __table_args__ = (CheckConstraint("kind IN ('youth', 'adult')", name="kind_known"),)
