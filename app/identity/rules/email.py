"""Another address for an account, or the proof of the one that it has: its mailbox must be read by whoever is signed in, and the
address before can take the change back."""

from datetime import datetime

from sqlalchemy import exists, func, select

from app.clock import now
from app.errors import Conflict, RuleBroken
from app.extensions import db
from app.identity import passwords
from app.identity.events import TAKEN_BACK, happened
from app.identity.models import EmailedLink, Purpose, User
from app.identity.rules.emailed import LIVES, make_link, spend, spend_all_that_open
from app.identity.rules.factors import forget_factors
from app.identity.rules.links import spend_links_made_by
from app.identity.rules.outside import disconnect
from app.identity.rules.passwords import begin_change
from app.identity.rules.sessions import end_sessions
from app.identity.rules.signing_in import Attempt, refund
from app.mail import send_letter
from app.mail.letters import masked

TAKEN = "That address belongs to another account by now."


def begin_email(user: User) -> Attempt:
    """Book an attempt: whoever finds an open browser must not guess the password there, nor write to everybody.

    Raises:
        TooMany: this account has used its attempts up.
    """
    return begin_change(user)


def ask_for_email(user: User, email: str, current: str, attempt: Attempt) -> None:
    """Send a link to the new address. Whether it belongs to another account is not said here.

    Raises:
        RuleBroken: the password is wrong, or nothing would change.
    """
    if user.password_hash and not passwords.verify(user.password_hash, current):
        raise RuleBroken("This is not your current password.", "current")
    if user.password_hash:
        # Without a password nothing was guessed, but somebody may be written to: that stays counted.
        refund(attempt)
    if email.lower() != user.email.lower():
        happened("email change asked for", user, by=user, changes={"email": (masked(user.email), masked(email))})
    elif user.email_proved:
        raise RuleBroken("This is the address that you have.", "email")
    ask_for_proof(user, email)


def ask_for_proof(user: User, email: str) -> None:
    """Send a link to an address that somebody has typed; the account's owner opens it signed in."""
    send_letter("identity.new_email", soon=True, user_id=str(user.id), email=email, asked_at=now().isoformat())


def confirm_email(link: EmailedLink) -> User:
    """The address is read by the account's owner, who is signed in: it becomes the account's. The old one is told, and can take it
    back, if it was ever shown to be the owner's.

    Raises:
        Conflict: another account has it meanwhile.
    """
    user, old, was_proved = link.user, link.user.email, link.user.email_proved
    _set_email(user, link.email or "")
    user.email_proved = True
    spend(user, Purpose.EMAIL)
    spend_all_that_open(user)
    changes = {"email": (masked(old), masked(user.email))} if old != user.email else {}
    happened("email changed" if changes else "email proved", user, by=user, changes=changes)
    if changes and was_proved:
        send_letter(
            "identity.email_changed", user_id=str(user.id), old=old, new=masked(user.email), at=now().isoformat()
        )
    return user


def free_address(user: User) -> None:
    """The unproved address of ``user`` was somebody else's: the account gets one that nobody has, and keeps all that is its own."""
    old, user.email = user.email, f"{user.id}@unproved.invalid"
    spend(user, Purpose.EMAIL)
    end_sessions(user)
    happened("address freed", user, changes={"email": (masked(old), None)})


def was_taken_back(user: User, changed_at: datetime) -> bool:
    """Whether the owner of an address before has taken the account back since that change, and with it from whoever had it then."""
    before = (EmailedLink.user_id == user.id, EmailedLink.purpose == Purpose.EMAIL_BACK)
    wanted = exists().where(*before, EmailedLink.created_at < changed_at, EmailedLink.used_at >= changed_at)
    return bool(db.session.scalar(select(wanted)))


def take_email_back(link: EmailedLink) -> str:
    """Whoever changed it is signed out everywhere and opens nothing any more. Returns the token to choose a password with.

    The address of before counts more than every later one: whoever has changed it twice holds such a link for the one between, and
    must not be able to spend the owner's with it.

    Raises:
        Conflict: another account has the address meanwhile.
    """
    user, taken = link.user, link.user.email
    _set_email(user, link.email or "")
    user.email_proved = True
    spend(user, Purpose.EMAIL)
    spend(user, Purpose.EMAIL_BACK, since=link.created_at)
    spend_all_that_open(user)
    spend_links_made_by(user)
    end_sessions(user)
    # Asked for by whoever it was; the mail about it went to their mailbox.
    user.leaves_at = None
    # A passkey opens the account by itself, and so does an account elsewhere: what was added in the week before may be theirs.
    disconnect(user)
    forget_factors(user, since=link.created_at - LIVES[Purpose.EMAIL_BACK])
    # The password may be known to whoever did it; the owner chooses another on the next page.
    user.password_hash = None
    happened(TAKEN_BACK, user, by=user, changes={"email": (masked(taken), masked(user.email))})
    token, _ = make_link(user, Purpose.PASSWORD)
    return token


def _set_email(user: User, email: str) -> None:
    other = db.session.scalar(select(User).where(func.lower(User.email) == email.lower(), User.id != user.id))
    if other is not None and other.email_proved:
        raise Conflict(TAKEN)
    if other is not None:
        # Whoever reads the mailbox has the address; else somebody could keep an owner out by typing it first.
        free_address(other)
        db.session.flush()
    user.email = email
