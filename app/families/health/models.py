"""The table of what is said about health."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, func
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import now
from app.extensions import Model


class HealthNote(Model):
    """What a guardian says about diet and health. Apart from Person, so that nobody loads it by accident, and sealed, so that the
    database alone does not tell: only ``app/families/health`` opens it.
    """

    __tablename__ = "health_notes"

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), primary_key=True)
    # Words of releases that sealed nothing, until ``flask rotate-health-key`` has sealed them. Nothing is written here any more.
    diet: Mapped[str | None]
    allergies: Mapped[str | None]
    sealed: Mapped[bytes | None]
    # The few words of a closed list that everybody on an outing's staff sees. None: there is nothing to know.
    flags: Mapped[bytes | None]
    key_id: Mapped[str | None]
    # When a guardian last said that all this is right, by writing it or by "Nothing has changed".
    confirmed_at: Mapped[datetime | None]
    updated_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())

    __table_args__ = (
        CheckConstraint("(sealed IS NULL) = (key_id IS NULL)", name="key_is_named"),
        CheckConstraint("flags IS NULL OR sealed IS NOT NULL", name="flags_of_what_is_sealed"),
    )
