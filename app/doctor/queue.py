"""Mails that nobody sends."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Connection, text

from app.clock import now
from app.config import Config
from app.doctor.finding import Finding, note

PATIENCE = timedelta(minutes=10)
WAITING = text("""
    SELECT count(*), min(event.at)
    FROM procrastinate_jobs job JOIN procrastinate_events event ON event.job_id = job.id AND event.type = 'deferred'
    WHERE job.status = 'todo' AND job.scheduled_at IS NULL""")
GIVEN_UP = text("SELECT count(*) FROM mail_failures WHERE gave_up")


def check(connection: Connection, config: Config) -> Iterator[Finding]:
    """The queue is worked off, and what was given up has been seen."""
    count, since = connection.execute(WAITING).one()
    oldest: datetime | None = since
    if oldest and now() - oldest > PATIENCE:
        minutes = (now() - oldest).total_seconds() // 60
        yield Finding(
            "mail",
            f"{count:,} {'mail waits' if count == 1 else 'mails wait'}, the oldest for {minutes:,.0f} minutes:"
            " no worker runs, or it cannot keep up. Start one with: flask worker",
            wrong=config.environment != "development",
        )
    given_up = connection.scalar(GIVEN_UP)
    if given_up:
        yield note("mail", f"{given_up:,} given up in the last two weeks. A site admin finds them at /admin/mail.")
