"""The queue within a test's own transaction, without a worker."""

from sqlalchemy import text

from app.extensions import db, new_id
from app.mail import delivery, send
from app.mail.models import KeptMail
from app.mail.rules import keep_failure

WAITING = text("SELECT id, args FROM procrastinate_jobs WHERE status = 'todo' ORDER BY priority DESC, id")
VALUES = {"name": "Marit", "device": "Firefox on Linux", "at": "Sat Dec 5, 9:00", "link": "https://trips.example.org/x"}


def waiting() -> list[dict]:
    """What the queue holds of each mail that waits."""
    return [args for _, args in db.session.execute(WAITING)]


def deliver_all() -> list[KeptMail]:
    """Do the worker's part for every mail that waits; what it would have sent, in order."""
    begin = new_id()
    for job_id, args in db.session.execute(WAITING).all():
        delivery.deliver(job_id, args["ident"], args["letter"], args["values"])
        db.session.execute(text("DELETE FROM procrastinate_jobs WHERE id = :id"), {"id": job_id})
    return list(db.session.query(KeptMail).filter(KeptMail.id > begin).order_by(KeptMail.id))


def fail_one(to: str, *, gave_up: bool = True, reason: str = "The server said 550 No such user") -> int:
    """A mail that did not leave."""
    send(to, "Hello", "identity/mail/new_device", **VALUES)
    job_id = db.session.scalar(text("SELECT max(id) FROM procrastinate_jobs"))
    status = "failed" if gave_up else "todo"
    db.session.execute(text(f"UPDATE procrastinate_jobs SET status = '{status}' WHERE id = :id"), {"id": job_id})
    keep_failure(job_id, "plain", f"{to[0]}…@{to.partition('@')[2]}", reason, 1, gave_up)
    db.session.commit()
    return job_id
