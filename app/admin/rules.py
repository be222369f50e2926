"""Keeping an account out and letting it in again, and who runs the site."""

import uuid

from sqlalchemy import func, select

from app.audit.rules import record
from app.clock import now
from app.errors import NotAllowed, NotFound, RuleBroken
from app.extensions import db
from app.identity.models import User
from app.identity.rules.links import spend_links
from app.identity.rules.sessions import end_sessions
from app.units.access import may_run_site

LAST = "Somebody must run this site. Make another site admin first."


def lock_accounts(actor: User, user_id: uuid.UUID) -> User:
    """The account, locked together with all site admins: two who take the flag from each other must not both succeed.

    Raises:
        NotAllowed: the actor is no site admin any longer, or was suspended at this moment. NotFound: there is no such account.
    """
    wanted = select(User).where(User.is_site_admin | (User.id == user_id)).order_by(User.id).with_for_update()
    found = {user.id: user for user in db.session.scalars(wanted.execution_options(populate_existing=True))}
    if not may_run_site(actor) or actor.id not in found or found[actor.id].suspended_at is not None:
        raise NotAllowed("Only a site admin may do that.")
    if user_id not in found:
        raise NotFound
    return found[user_id]


def suspend(actor: User, user_id: uuid.UUID, wanted: bool) -> User:
    """Keep an account out from now on, or let it in again. Its sessions end and its links open nothing; its roles stay.

    Raises:
        NotAllowed, NotFound: as ``lock_accounts``.
        RuleBroken: one's own account, or the last site admin's.
    """
    user = lock_accounts(actor, user_id)
    if wanted == (user.suspended_at is not None):
        return user
    if wanted and user.id == actor.id:
        raise RuleBroken("You cannot suspend your own account. Another site admin can.")
    user.suspended_at = now() if wanted else None
    if wanted:
        end_sessions(user)
        spend_links(user)
    record(actor, "account suspended" if wanted else "account let in again", user)
    db.session.flush()
    return user


def set_site_admin(actor: User, user_id: uuid.UUID, wanted: bool) -> User:
    """Make an account a site admin, or no longer one.

    Raises:
        NotAllowed, NotFound: as ``lock_accounts``.
        RuleBroken: one's own flag, the last site admin's, or an account that is kept out.
    """
    user = lock_accounts(actor, user_id)
    if wanted == user.is_site_admin:
        return user
    if not wanted and (user.id == actor.id or site_admins() == 1):
        raise RuleBroken(LAST if site_admins() == 1 else "Another site admin can take this from you.")
    if wanted and user.suspended_at is not None:
        raise RuleBroken("This account is suspended. Let it in again first.")
    user.is_site_admin = wanted
    record(actor, "site admin made" if wanted else "site admin no longer", user)
    db.session.flush()
    return user


def site_admins() -> int:
    """How many can come in."""
    wanted = select(func.count()).select_from(User).where(User.is_site_admin, User.suspended_at.is_(None))
    return db.session.scalar(wanted) or 0
