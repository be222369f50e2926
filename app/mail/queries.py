"""What the pages about mail read."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Text, column, func, select, table

from app.extensions import db
from app.mail.models import KeptMail, MailFailure

PAGE_SIZE = 50
# Of procrastinate's tables, what we look at.
JOBS = table("procrastinate_jobs", column("id"), column("status"), column("scheduled_at"), column("queue_name"))
WORKERS = table("procrastinate_workers", column("last_heartbeat"))


@dataclass(frozen=True)
class FailureRow:
    """A mail that did not leave. ``next_at`` is when the worker tries again, None when it was given up or tries now."""

    job_id: int
    letter: str
    recipient: str
    reason: str
    attempts: int
    gave_up: bool
    failed_at: datetime
    next_at: datetime | None


@dataclass(frozen=True)
class State:
    """How the queue stands: mails that wait to be sent for the first time, and when a worker last gave a sign."""

    waiting: int
    worker_seen_at: datetime | None


def failures(number: int) -> tuple[list[FailureRow], int]:
    """A page of failures, the newest first, and how many there are in all. One statement."""
    found = db.session.execute(
        select(MailFailure, JOBS.c.scheduled_at, func.count().over())
        .outerjoin(JOBS, JOBS.c.id == MailFailure.job_id)
        .order_by(MailFailure.failed_at.desc(), MailFailure.job_id.desc())
        .limit(PAGE_SIZE)
        .offset((number - 1) * PAGE_SIZE)
    ).all()
    return [row_of(failure, next_at) for failure, next_at, _ in found], found[0][-1] if found else 0


def row_of(failure: MailFailure, next_at: datetime | None) -> FailureRow:
    """As the page shows it."""
    return FailureRow(
        failure.job_id,
        failure.letter,
        failure.recipient,
        failure.reason,
        failure.attempts,
        failure.gave_up,
        failure.failed_at,
        None if failure.gave_up else next_at,
    )


def state() -> State:
    """The queue. One statement."""
    waiting = (
        select(func.count())
        .select_from(JOBS)
        .where(JOBS.c.queue_name == "mail", JOBS.c.status.cast(Text) == "todo", JOBS.c.scheduled_at.is_(None))
    )
    seen = select(func.max(WORKERS.c.last_heartbeat))
    row = db.session.execute(select(waiting.scalar_subquery(), seen.scalar_subquery())).one()
    return State(*row)


def kept_mails(number: int) -> tuple[list[KeptMail], int]:
    """A page of the mails of development, the newest first, and how many there are."""
    found = db.session.execute(
        select(KeptMail, func.count().over())
        .order_by(KeptMail.id.desc())
        .limit(PAGE_SIZE)
        .offset((number - 1) * PAGE_SIZE)
    ).all()
    return [mail for mail, _ in found], found[0][-1] if found else 0


def kept_mail(mail_id: uuid.UUID) -> KeptMail | None:
    """One of them."""
    return db.session.get(KeptMail, mail_id)
