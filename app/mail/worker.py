"""The worker: takes mails from the queue until a signal ends it, and takes up what a dead one left behind."""

import asyncio
import logging
from typing import Any

from flask import Flask
from procrastinate import JobContext, PsycopgConnector
from procrastinate.jobs import Status
from sqlalchemy import URL

from app.addresses import for_libpq
from app.extensions import db
from app.mail import rules
from app.mail.queue import MOST_ATTEMPTS, QUEUE, queue

CONCURRENCY = 4  # mails at the same time
HEARTBEAT = 10  # seconds; one that has been silent for three beats is taken for dead
STALLED = 3 * HEARTBEAT
log = logging.getLogger(__name__)


def work(site: Flask, url: URL, *, once: bool = False, stalled: float = STALLED) -> None:
    """Until SIGINT or SIGTERM, which let the mails at hand finish; with ``once`` until the queue is empty."""
    logging.getLogger("procrastinate").addHandler(quietly(site))
    connector = PsycopgConnector(
        conninfo=for_libpq(url),
        # A pooler hands out another session for each transaction, and there a prepared statement would be missing.
        kwargs={"prepare_threshold": None, "application_name": "scouting-outing-manager worker", "connect_timeout": 5},
        min_size=1,
        max_size=CONCURRENCY + 2,
    )
    with queue.replace_connector(connector):
        asyncio.run(_work(site, wait=not once, stalled=stalled))


async def _work(site: Flask, *, wait: bool, stalled: float) -> None:
    async with queue.open_async():
        await take_up(stalled)
        await sweep_all(site)
        await queue.run_worker_async(
            queues=[QUEUE],
            wait=wait,
            concurrency=CONCURRENCY,
            # What has left is deleted with all that it held.
            delete_jobs="successful",
            update_heartbeat_interval=HEARTBEAT,
            stalled_worker_timeout=stalled,
            additional_context={"site": site},
        )


async def take_up(stalled: float) -> None:
    """Jobs whose worker is gone begin anew. One that ended every worker so far is given up."""
    for job in await queue.job_manager.get_stalled_jobs(queue=QUEUE, seconds_since_heartbeat=stalled):
        log.warning("mail %s: its worker is gone", job.id)
        if job.attempts + 1 >= MOST_ATTEMPTS:
            await queue.job_manager.finish_job(job, status=Status.FAILED, delete_job=False)
        else:
            await queue.job_manager.retry_job(job)


async def sweep_all(site: Flask) -> None:
    """After two weeks nobody wants a mail that did not leave, nor keeps what it held."""
    hours = int(rules.KEPT_FOR.total_seconds() // 3600)
    await queue.job_manager.delete_old_jobs(
        nb_hours=hours, queue=QUEUE, include_failed=True, include_cancelled=True, include_aborted=True
    )
    await asyncio.to_thread(_sweep, site)


def _sweep(site: Flask) -> None:
    with site.app_context():
        rules.sweep()
        db.session.commit()


@queue.periodic(cron="* * * * *")
@queue.task(name="mail.take_up", queue=QUEUE, queueing_lock="mail.take_up")
async def every_minute(timestamp: int) -> None:
    """Another worker may have died."""
    await take_up(STALLED)


@queue.periodic(cron="17 4 * * *")
@queue.task(name="mail.sweep", queue=QUEUE, queueing_lock="mail.sweep", pass_context=True)
async def every_night(context: JobContext, timestamp: int) -> None:
    """Forget what is over."""
    await sweep_all(context.additional_context["site"])


class _WithoutJobs(logging.Filter):
    """procrastinate writes a job's values into its lines; app/mail/delivery.py says the same without them."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Drops what quotes a job."""
        return not hasattr(record, "job")


def quietly(site: Flask) -> logging.Handler:
    """The library's warnings in our own manner, never with a traceback, which could quote a value."""
    ours: Any = logging.getLogger("app").handlers
    handler = logging.StreamHandler(ours[0].stream if ours else None)
    handler.setFormatter(ours[0].formatter if ours else None)
    handler.addFilter(_WithoutJobs())
    logging.getLogger("procrastinate").propagate = False
    return handler
