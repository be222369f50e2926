"""What is written to the owners of accounts. Links and codes are made here, in the worker, just before the mail leaves."""

import uuid
from datetime import datetime
from typing import Any

from app.clock import now
from app.extensions import db
from app.identity.events import WITNESSES
from app.identity.models import Purpose, User
from app.identity.rules.accounts import find_user
from app.identity.rules.email import was_taken_back
from app.identity.rules.emailed import is_late, make_link
from app.mail import Letter, letter, link_to, send

ASKED = {
    Purpose.SIGN_IN: ("Your link to sign in", "identity/mail/sign_in", "identity.enter"),
    Purpose.PASSWORD: ("Choose a new password", "identity/mail/password", "identity.reset"),
}

# What its owner hears of at once, by the action in the log: subject and sentence. No secret, and no name of a device or key, which
# whoever did it may have chosen.
SAFETY = {
    "password changed": ("Your password was changed", "The password of your account was changed, and every device was signed out."),
    "second factor added": ("A second factor was added", "An authenticator app or a passkey was added to your account."),
    "second factor removed": ("A second factor was removed", "An authenticator app or a passkey was removed from your account."),
    "second factor reset": (
        "Your second factor was reset",
        "A site admin took your second factors and recovery codes away, and every device was signed out.",
    ),
    "recovery code used": ("A recovery code was used", "Somebody signed in, or confirmed who they are, with one of your recovery codes."),
    "recovery codes renewed": ("New recovery codes were made", "New recovery codes were made for your account; the old ones stopped working."),
    "outside account connected": ("Another way to sign in was added", "An account elsewhere was connected with yours and opens it from now on."),
    "outside account disconnected": ("A way to sign in was removed", "An account elsewhere was disconnected from yours and no longer opens it."),
}  # fmt: skip


@letter("identity.link")
def link(*, purpose: str, login: str, browser: str, next: str, asked_at: str) -> Letter | None:
    """To sign in or to choose a password; nothing when there is no such account."""
    user = None if is_late(asked_at) else find_user(login)
    if user is None or user.suspended_at is not None:
        return None
    subject, template, endpoint = ASKED[Purpose(purpose)]
    if not user.email_proved:
        return Letter(user.email, subject, "identity/mail/unproved", {"link": link_to("identity.login")})
    token, code = make_link(user, Purpose(purpose), browser=browser)
    address = link_to(endpoint, token=token, next=next or None)
    return Letter(user.email, subject, template, {"name": user.name, "link": address, "code": code})


def tell(user: User, subject: str, template: str, **values: Any) -> None:
    """Queue a mail to the account's own address, if its owner has shown that they read it. The only way to write to an account of
    what concerns it: what was typed wrong is a stranger's mailbox."""
    if user.email_proved:
        send(user.email, subject, template, name=user.name, **values)


def tell_of_new_device(user: User, device: str) -> None:
    """Queue the mail about a sign-in. It holds no link that opens anything."""
    tell(
        user,
        "A new device signed in to your account",
        "identity/mail/new_device",
        device=device,
        at=moment(),
        link=link_to("identity.forgot"),
    )


def tell_of_event(by: User | None, action: str, subject: Any, *, changes: Any = None) -> None:
    """Queue the mail about what has changed how the account is opened. A witness of ``identity/events.py``."""
    if action in SAFETY and isinstance(subject, User):
        said, sentence = SAFETY[action]
        if action == "second factor reset" and by is None:
            sentence = "Whoever runs the site took your second factors and recovery codes away."
        links = {"link": link_to("identity.forgot"), "factors": link_to("identity.factors")}
        tell(subject, said, "identity/mail/safety", what=sentence, at=moment(), **links)


WITNESSES["letters"] = tell_of_event


def moment() -> str:
    """Now, as a mail says it."""
    return f"{now():%b} {now().day}, {now():%H:%M} UTC"


@letter("identity.new_email")
def new_email(*, user_id: str, email: str, asked_at: str) -> Letter | None:
    """To the address that an account is to have; to nobody when it is another account's."""
    user = db.session.get(User, uuid.UUID(user_id))
    if user is None or user.suspended_at is not None or is_late(asked_at) or find_user(email) not in (None, user):
        return None
    token, _ = make_link(user, Purpose.EMAIL, email=email)
    # No name: whoever reads this may be a stranger.
    return Letter(
        email,
        "Confirm your email address",
        "identity/mail/new_email",
        {"link": link_to("identity.confirm_email", token=token)},
    )


@letter("identity.email_changed")
def email_changed(*, user_id: str, old: str, new: str, at: str | None = None) -> Letter | None:
    """To the address that an account had; not if it was had by somebody from whom the owner has taken the account back meanwhile.

    ``at`` is when it was changed; mails of the release before do not say.
    """
    user, changed_at = db.session.get(User, uuid.UUID(user_id)), datetime.fromisoformat(at) if at else now()
    if user is None or was_taken_back(user, changed_at):
        return None
    token, _ = make_link(user, Purpose.EMAIL_BACK, email=old, since=changed_at)
    values = {"name": user.name, "new": new, "link": link_to("identity.take_email_back", token=token)}
    return Letter(old, "The email address of your account was changed", "identity/mail/email_changed", values)
