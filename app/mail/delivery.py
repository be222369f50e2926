"""One mail on its way out."""

import logging
import time
from typing import Any

from app.extensions import db
from app.mail import transport
from app.mail.letters import compose, masked, writers
from app.mail.rules import forget_failure, keep_failure
from app.mail.transport import NotSent, Refused

log = logging.getLogger(__name__)


def deliver(job_id: int, ident: str, name: str, values: dict[str, Any]) -> None:
    """Write the letter, commit what that made, and hand it over.

    In this order: a link must work when it arrives. Who dies in between sends the mail once more.

    Raises:
        NotSent: it was not taken.
    """
    began = time.perf_counter()
    if name not in writers:
        raise Refused(f"No letter is called {name} in this release.")
    said = writers[name](**values)
    db.session.commit()
    if said is not None:
        try:
            message = compose(said, ident)
        except ValueError:
            raise Refused("No mail can be sent to that address.", said.to) from None
        transport.hand_over(message, said.to)
    forget_failure(job_id)
    db.session.commit()
    took = (time.perf_counter() - began) * 1000
    log.info("mail %s %s: %s, %.0f ms", job_id, name, "sent" if said else "no longer wanted", took)


def note_failure(job_id: int, name: str, error: Exception, attempts: int, gave_up: bool) -> None:
    """For the site admin's page and the log; neither gets to know a whole address."""
    db.session.rollback()
    known = isinstance(error, NotSent)
    # What an unforeseen error says may quote the letter.
    reason = str(error) if known else f"The letter could not be written ({type(error).__name__})."
    recipient = masked(error.recipient) if isinstance(error, NotSent) and error.recipient else ""
    keep_failure(job_id, name, recipient, reason, attempts, gave_up)
    db.session.commit()
    status = error.status if isinstance(error, NotSent) else type(error).__name__
    log.warning("mail %s %s: not sent (%s), %s", job_id, name, status, "given up" if gave_up else "will be tried again")
