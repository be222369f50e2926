"""The queue: procrastinate in the same PostgreSQL, so that a mail is committed with what it tells of, or not at all."""

import random
from datetime import timedelta
from typing import Any

from procrastinate import App, BaseRetryStrategy, JobContext, RetryDecision
from procrastinate.contrib.sqlalchemy import SQLAlchemyPsycopg2Connector
from procrastinate.jobs import Job

from app.clock import now
from app.mail import delivery
from app.mail.transport import Refused

QUEUE = "mail"
# 30 s, 1 min, 2 min, ... 8.5 h: some 17 hours in all.
MOST_ATTEMPTS, FIRST_PAUSE, LONGEST_PAUSE = 12, 30, 4 * 3600

# It never opens a connection of its own: the site defers on the session's, and the worker brings another connector.
queue = App(connector=SQLAlchemyPsycopg2Connector())


class BackOff(BaseRetryStrategy):
    """Twice as long a pause each time, and not all at the same moment; a refusal is not asked again."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """When to try again; None to give up."""
        if gives_up(exception, job.attempts):
            return None
        pause = min(FIRST_PAUSE * 2**job.attempts, LONGEST_PAUSE) * random.uniform(0.75, 1.25)  # nosec B311
        return RetryDecision(retry_at=now() + timedelta(seconds=pause))


def gives_up(exception: BaseException, attempts: int) -> bool:
    """Whether this was the last attempt, after so many earlier ones."""
    return isinstance(exception, Refused) or attempts + 1 >= MOST_ATTEMPTS


@queue.task(name="mail.deliver", queue=QUEUE, pass_context=True, retry=BackOff())
def deliver(context: JobContext, *, ident: str, letter: str, values: dict[str, Any]) -> None:
    """Runs in the worker, in a thread."""
    job = context.job
    with context.additional_context["site"].app_context():
        try:
            delivery.deliver(job.id or 0, ident, letter, values)
        except Exception as error:
            delivery.note_failure(job.id or 0, letter, error, job.attempts + 1, gives_up(error, job.attempts))
            raise
