"""Mails that did not leave, and in development those that never will. The queue itself is procrastinate's."""

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import now
from app.extensions import Model, new_id

# Its tables, types, functions and triggers all begin like this.
QUEUE_PREFIX = "procrastinate_"


class MailFailure(Model):
    """The last failure of a mail that still waits or was given up. It goes when the mail has left, or after two weeks."""

    __tablename__ = "mail_failures"

    # The queue's. No foreign key: its tables are the library's.
    job_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    letter: Mapped[str]
    recipient: Mapped[str]  # masked
    reason: Mapped[str]
    attempts: Mapped[int]
    gave_up: Mapped[bool]
    failed_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())

    __table_args__ = (
        CheckConstraint("attempts > 0", name="attempts_positive"),
        Index("ix_mail_failures_failed_at", "failed_at", "job_id"),
    )


class KeptMail(Model):
    """A mail of development, shown at ``/dev/mail``."""

    __tablename__ = "kept_mails"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())
    recipient: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str]
    html: Mapped[str]
