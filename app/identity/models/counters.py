"""The counters that slow guessing down."""

from datetime import datetime

from sqlalchemy import CheckConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model


class AttemptCounter(Model):
    """How often something was tried under one key (an account, an address) in one window of time."""

    __tablename__ = "attempt_counters"

    key: Mapped[str] = mapped_column(primary_key=True)
    window_start: Mapped[datetime] = mapped_column(primary_key=True, index=True)
    attempts: Mapped[int] = mapped_column(default=0, server_default=text("0"))

    __table_args__ = (CheckConstraint("attempts >= 0", name="attempts_not_negative"),)
