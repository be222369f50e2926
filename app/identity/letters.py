"""What is written to the owners of accounts. Links and codes are made here, in the worker, just before the mail leaves."""

import uuid

from app.clock import now
from app.extensions import db
from app.identity.models import Purpose, User
from app.identity.rules.accounts import find_user
from app.identity.rules.emailed import is_late, make_link
from app.mail import Letter, letter, link_to, send

ASKED = {
    Purpose.SIGN_IN: ("Your link to sign in", "identity/mail/sign_in", "identity.enter"),
    Purpose.PASSWORD: ("Choose a new password", "identity/mail/password", "identity.reset"),
}


@letter("identity.link")
def link(*, purpose: str, login: str, browser: str, next: str, asked_at: str) -> Letter | None:
    """To sign in or to choose a password; nothing when there is no such account."""
    user = None if is_late(asked_at) else find_user(login)
    if user is None or user.suspended_at is not None:
        return None
    token, code = make_link(user, Purpose(purpose), browser=browser)
    subject, template, endpoint = ASKED[Purpose(purpose)]
    address = link_to(endpoint, token=token, next=next or None)
    return Letter(user.email, subject, template, {"name": user.name, "link": address, "code": code})


def tell_of_new_device(user: User, device: str) -> None:
    """Queue the mail about a sign-in. It holds no link that opens anything."""
    send(
        user.email,
        "A new device signed in to your account",
        "identity/mail/new_device",
        name=user.name,
        device=device,
        at=f"{now():%b %d, %H:%M} UTC",
        link=link_to("identity.forgot"),
    )


@letter("identity.new_email")
def new_email(*, user_id: str, email: str, asked_at: str) -> Letter | None:
    """To the address that an account is to have; to nobody when it is another account's."""
    user = db.session.get(User, uuid.UUID(user_id))
    if user is None or user.suspended_at is not None or is_late(asked_at) or find_user(email):
        return None
    token, _ = make_link(user, Purpose.EMAIL, email=email)
    values = {"name": user.name, "link": link_to("identity.confirm_email", token=token)}
    return Letter(email, "Confirm your new email address", "identity/mail/new_email", values)


@letter("identity.email_changed")
def email_changed(*, user_id: str, old: str, new: str) -> Letter | None:
    """To the address that an account had."""
    user = db.session.get(User, uuid.UUID(user_id))
    if user is None:
        return None
    token, _ = make_link(user, Purpose.EMAIL_BACK, email=old)
    values = {"name": user.name, "new": new, "link": link_to("identity.take_email_back", token=token)}
    return Letter(old, "The email address of your account was changed", "identity/mail/email_changed", values)
