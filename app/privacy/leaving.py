"""Accounts whose day has come go, and people whose time has run out, each in a transaction of its own."""

from collections.abc import Iterator

from sqlalchemy.exc import OperationalError

from app.errors import RuleBroken
from app.extensions import db
from app.privacy.queries import due, outgrown_people
from app.privacy.rules.removal import forget, remove_account


def carry_out() -> Iterator[str]:
    """Delete them and say how many. One that cannot go stays for the next run, and the sentence says why; nobody is named."""
    gone = 0
    for user_id in due():
        try:
            gone += remove_account(user_id)
            db.session.commit()
        except RuleBroken as refusal:
            db.session.rollback()
            yield f"Account {user_id} stays for now. {refusal.message}"
        except OperationalError:  # somebody holds one of its outings
            db.session.rollback()
            yield f"Account {user_id} is busy; the next run takes it."
    yield f"Deleted {gone:,} accounts."


def forget_the_outgrown() -> Iterator[str]:
    """Take away who is on nobody's list any more and of whom no record is kept, and say how many."""
    gone = 0
    for person_id in outgrown_people():
        gone += forget(person_id)
        db.session.commit()
    yield f"Removed {gone:,} people of whom no record is kept any longer."
