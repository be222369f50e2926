"""One-time links that set a password."""

import secrets
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import ColumnElement, select, update

from app.clock import now
from app.errors import RuleBroken
from app.extensions import db
from app.identity.models import PasswordLink, User
from app.identity.rules.accounts import digest

LINK_LIVES = timedelta(hours=48)
# Whether whoever made a link for an account may still hold one, asked of later rooms by their names.
VOUCHERS: dict[str, Callable[[User, User], bool]] = {}
LINK_SPENT = "This link was used already, or it is older than 48 hours. Ask your unit for a new one."


class LinkSpent(RuleBroken):
    """A link that opens nothing any more."""

    status = 410


def make_password_link(user: User, maker: User | None) -> str:
    """A new one-time link for ``user``; earlier ones stop working. Returns the token, which is kept nowhere."""
    spend_links(user)
    token = secrets.token_urlsafe(32)
    db.session.add(
        PasswordLink(
            user_id=user.id,
            token_hash=digest(token),
            expires_at=now() + LINK_LIVES,
            created_by_id=maker.id if maker else None,
        )
    )
    return token


def open_link(token: str) -> PasswordLink:
    """The live link that ``token`` belongs to; locked, so that two browsers cannot both use it. It counts only while whoever made it
    may still hold one for this account.

    Raises:
        LinkSpent: spent, expired or never made; one answer for all.
    """
    link = db.session.scalar(
        select(PasswordLink)
        .join(PasswordLink.user)
        .where(
            PasswordLink.token_hash == digest(token),
            PasswordLink.used_at.is_(None),
            PasswordLink.expires_at > now(),
            User.suspended_at.is_(None),
        )
        .with_for_update(of=PasswordLink)
    )
    if link is None or not is_vouched_for(link):
        raise LinkSpent(LINK_SPENT)
    return link


def is_vouched_for(link: PasswordLink) -> bool:
    """Whether its maker stands for it today; a command's link has none."""
    maker = link.created_by
    if maker is None:
        return True
    return maker.suspended_at is None and all(vouches(maker, link.user) for vouches in VOUCHERS.values())


def spend_links(user: User) -> None:
    """No open link of this account works any longer."""
    spend(PasswordLink.user_id == user.id)


def spend_links_made_by(maker: User) -> None:
    """Nor any that this account has made for another."""
    spend(PasswordLink.created_by_id == maker.id)


def spend(which: ColumnElement[bool]) -> None:
    """Those of them that are open."""
    db.session.execute(update(PasswordLink).where(which, PasswordLink.used_at.is_(None)).values(used_at=now()))
