"""The first account: who may do everything on a new installation."""

import secrets
from dataclasses import dataclass

from sqlalchemy import func, or_, select

from app.errors import RuleBroken
from app.extensions import db
from app.identity import passwords
from app.identity.choosing import check_new
from app.identity.events import happened
from app.identity.models import User
from app.identity.rules.sessions import end_sessions

UNPROVED = (
    "There is an account with the address {email!r}, and nobody has shown yet that it is theirs. Its owner confirms it under Account first; "
    "if it is somebody else's, free the address: flask free-address {email}"
)


@dataclass(frozen=True)
class Seeded:
    """What seed-admin did; ``password`` only when it made one that nobody else knows."""

    user: User
    created: bool
    password: str | None = None
    promoted: bool = False  # an account that was there, and no site admin


def seed_admin(
    *,
    username: str,
    email: str,
    name: str,
    password: str | None,
    production: bool,
    reset: bool = False,
    meant: str | None = None,
) -> Seeded:
    """Create the site admin, or leave the one that is there as it is, so that it may run at every deployment.

    Args:
        meant: ``username`` or ``email`` when somebody has named the account by it, and the other one is only what is usual.

    Raises:
        RuleBroken: the published default in production, a weak password, what is no email or no username, the name and
            email of two accounts, the password of somebody else than who is meant, or an address that somebody else may
            have typed.
    """
    # What comes from a file often brings its line's end along, and no sign-in form would ever say it.
    username, email, name = username.strip(), email.strip(), name.strip()
    if email.find("@") < 1 or "@" in username or not (username and 1 <= len(name) <= 200):
        raise RuleBroken("Give an email with an @, a username without one, and a name.")
    found = db.session.scalars(
        select(User).where(or_(func.lower(User.email) == email.lower(), func.lower(User.username) == username.lower()))
    ).all()
    if meant:
        value = {"username": username, "email": email}[meant]
        those = [user for user in found if (getattr(user, meant) or "").lower() == value.lower()]
        if found and not those and reset:
            raise RuleBroken(f"There is no account {value!r}, so no password was set.")
        found = those or found
    if len(found) > 1:
        raise RuleBroken(
            f"{username!r} and {email!r} belong to two different accounts; give both of the one that is meant."
        )
    user = found[0] if found else None
    if user and not (user.is_site_admin or user.email_proved):
        raise RuleBroken(UNPROVED.format(email=user.email))
    promoted = user is not None and not user.is_site_admin
    if user and not reset:
        run_site(user)
        return Seeded(user, created=False, promoted=promoted)
    chosen, made = choose_password(password, production)
    password_hash = passwords.hash_password(chosen)
    if user is None:
        user = User(username=username, email=email, name=name)
        db.session.add(user)
    user.password_hash = password_hash
    run_site(user)
    end_sessions(user)
    if found:
        happened("password changed", user)
    user.must_change_password = chosen == passwords.PUBLISHED_DEFAULT or made
    return Seeded(user, created=not found, password=chosen if made or chosen == passwords.PUBLISHED_DEFAULT else None)


def run_site(user: User) -> None:
    """From now on it may do everything."""
    if not user.is_site_admin:
        user.is_site_admin = True
        db.session.flush()
        happened("site admin made", user)


def choose_password(given: str | None, production: bool) -> tuple[str, bool]:
    """The password to set, and whether it was made here.

    Raises:
        RuleBroken: the given one will not do.
    """
    if not given and production:
        return secrets.token_urlsafe(18), True
    chosen = given or passwords.PUBLISHED_DEFAULT
    if chosen == passwords.PUBLISHED_DEFAULT:
        if production:
            raise RuleBroken(f"{passwords.PUBLISHED_DEFAULT!r} is published in the documentation; choose another.")
        return chosen, False
    check_new(chosen)
    return chosen, False
