"""What becomes of mails that did not leave."""

from datetime import timedelta
from email.message import EmailMessage

from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert

from app.clock import now
from app.errors import Conflict, NotFound
from app.extensions import db
from app.mail.models import KeptMail, MailFailure

KEPT_FOR = timedelta(days=14)
MOST_KEPT = 200
RETRY = text("SELECT procrastinate_retry_job_v2(:job_id, now(), NULL, NULL, NULL)")
STATUS = text("SELECT status::text FROM procrastinate_jobs WHERE id = :job_id FOR UPDATE")


def keep_failure(job_id: int, letter: str, recipient: str, reason: str, attempts: int, gave_up: bool) -> None:
    """Put down why, over what was put down before."""
    values = {
        "letter": letter,
        "recipient": recipient,
        "reason": reason,
        "attempts": attempts,
        "gave_up": gave_up,
        "failed_at": now(),
    }
    row = insert(MailFailure).values(job_id=job_id, **values)
    db.session.execute(row.on_conflict_do_update(index_elements=["job_id"], set_=values))


def forget_failure(job_id: int) -> None:
    """It has left after all."""
    db.session.execute(delete(MailFailure).where(MailFailure.job_id == job_id))


def retry(job_id: int) -> MailFailure:
    """Let the worker try a given-up mail once more. A second click finds that it is on its way.

    Raises:
        NotFound: there is no such mail any more.
        Conflict: it has not been given up; the worker tries by itself.
    """
    status = db.session.scalar(STATUS, {"job_id": job_id})
    failure = db.session.scalar(select(MailFailure).where(MailFailure.job_id == job_id).with_for_update())
    if failure is None or status is None:
        raise NotFound("That mail has left meanwhile, or was deleted.")
    if status != "failed":
        raise Conflict("That mail is on its way already.")
    db.session.execute(RETRY, {"job_id": job_id})
    failure.gave_up = False
    return failure


def sweep() -> None:
    """Forget failures that are over; the worker deletes the jobs themselves."""
    db.session.execute(delete(MailFailure).where(MailFailure.failed_at < now() - KEPT_FOR))


def keep(message: EmailMessage) -> None:
    """In place of sending. The newest two hundred stay."""
    plain, html = (message.get_body((kind,)) for kind in ("plain", "html"))
    db.session.add(
        KeptMail(
            recipient=str(message["To"]),
            subject=str(message["Subject"]),
            text=plain.get_content() if plain else "",
            html=html.get_content() if html else "",
        )
    )
    db.session.flush()
    newest = select(KeptMail.id).order_by(KeptMail.id.desc()).limit(MOST_KEPT)
    db.session.execute(delete(KeptMail).where(KeptMail.id.not_in(newest)))
