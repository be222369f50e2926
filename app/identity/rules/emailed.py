"""Links and codes by mail. The site only queues the request; whether there is such an account is found out by the worker.

So known and unknown addresses are answered alike, in words and in time.
"""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from app.clock import now
from app.errors import RuleBroken
from app.extensions import db
from app.identity import limits
from app.identity.events import happened
from app.identity.models import EmailedLink, Purpose, User
from app.identity.rules.accounts import account_key, digest, look_up
from app.identity.rules.links import LinkSpent, spend_links
from app.identity.rules.passwords import set_password
from app.mail import send_letter

LIVES = {
    Purpose.SIGN_IN: timedelta(minutes=10),
    Purpose.PASSWORD: timedelta(minutes=10),
    Purpose.EMAIL: timedelta(hours=24),
    Purpose.EMAIL_BACK: timedelta(days=7),
}
# A mail that was held up longer than this is not sent any more: whoever asked has asked again.
PATIENCE = timedelta(minutes=30)
FORGOTTEN_AFTER = timedelta(days=1)
PER_ACCOUNT = 5  # links in a window (limits.WINDOW)
# Read aloud and typed on a phone: no 0 and O, no 1, I and L. 31 letters, eight of them: 40 bits, tried ten times at most.
LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH = 8
SPENT = "This link was used already, or it is too old. Ask for a new one."
WRONG_CODE = "That code does not open anything. Check it, or ask for a new mail."


def ask(
    purpose: Purpose, login: str, *, browser: str, address: str, known_as: str | None, next: str | None = None
) -> None:
    """Somebody at ``browser`` (a secret that only this browser has) wants a link sent to the account ``login``.

    Raises:
        TooMany: too many for this account, or from this address.
    """
    user_id = look_up(login).id
    account = account_key(login, user_id)
    # Strangers who ask for somebody's links cannot keep the owner's own browser from getting one.
    limits.spend(f"links:known:{account}" if known_as == account else f"links:{account}", PER_ACCOUNT)
    limits.spend(f"links:address:{address}", limits.PER_ADDRESS)
    happened(f"{purpose.replace('_', '-')} link asked for", user_id)
    send_letter(
        "identity.link",
        soon=True,
        purpose=purpose,
        login=login.strip(),
        browser=digest(browser),
        next=next or "",
        asked_at=now().isoformat(),
    )


def is_late(asked_at: str) -> bool:
    """Whether nobody waits for this mail any more."""
    return now() - datetime.fromisoformat(asked_at) > PATIENCE


def make_link(
    user: User,
    purpose: Purpose,
    *,
    browser: str | None = None,
    email: str | None = None,
    since: datetime | None = None,
) -> tuple[str, str]:
    """A new link: its token, and the code that opens the same in the browser with that hash. Neither is kept.

    Earlier ones go on working until one of them is used: mails overtake each other. ``since`` is when what it answers to happened, if
    that is not now.
    """
    token, code = secrets.token_urlsafe(32), "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))
    db.session.execute(
        delete(EmailedLink).where(EmailedLink.user_id == user.id, EmailedLink.expires_at < now() - FORGOTTEN_AFTER)
    )
    db.session.add(
        EmailedLink(
            user_id=user.id,
            purpose=purpose,
            token_hash=digest(token),
            code_hash=code_hash(browser, code) if browser else None,
            email=email,
            expires_at=now() + LIVES[purpose],
            created_at=since or now(),
        )
    )
    db.session.flush()
    return token, f"{code[:4]}-{code[4:]}"


def code_hash(browser: str, code: str) -> str:
    """What is kept of a code; ``browser`` is the hash of the browser's secret."""
    return digest(f"{browser} {code}")


def open_emailed(token: str, purpose: Purpose) -> EmailedLink:
    """The live link of that token; locked, so that two browsers cannot both use it.

    Raises:
        LinkSpent: spent, expired, for something else or never made; one answer for all.
    """
    return _live(EmailedLink.token_hash == digest(token), EmailedLink.purpose == purpose)


def open_code(code: str, *, browser: str, address: str) -> EmailedLink:
    """The live link that was sent together with this code to whoever asked at this browser.

    Raises:
        TooMany: too many codes were tried.
        RuleBroken: it is not the code.
    """
    limits.spend(f"code:{digest(browser)}", limits.PER_ACCOUNT)
    limits.spend(f"code:address:{address}", limits.PER_ADDRESS)
    typed = "".join(letter for letter in code.upper() if letter.isalnum())
    try:
        return _live(EmailedLink.code_hash == code_hash(digest(browser), typed))
    except LinkSpent:
        raise RuleBroken(WRONG_CODE, "code") from None


def _live(*which: object) -> EmailedLink:
    link: EmailedLink | None = db.session.scalar(
        select(EmailedLink)
        .join(User)
        .where(
            *which,  # type: ignore[arg-type]
            EmailedLink.used_at.is_(None),
            EmailedLink.expires_at > now(),
            User.suspended_at.is_(None),
        )
        .with_for_update(of=EmailedLink)
    )
    if link is None:
        raise LinkSpent(SPENT)
    return link


def renew(link: EmailedLink) -> str:
    """Another token for the same link, for who has shown its code. Returns the token."""
    token = secrets.token_urlsafe(32)
    link.token_hash, link.code_hash = digest(token), None
    return token


def enter(link: EmailedLink) -> User:
    """Use a link to sign in; it and its like open nothing any more."""
    spend(link.user, Purpose.SIGN_IN)
    link.user.last_sign_in_at = now()
    return link.user


def reset_password(link: EmailedLink, password: str) -> User:
    """Use a link to set a password. Every browser is signed out, and no link of before works.

    Raises:
        RuleBroken: the password will not do; the link is not spent.
    """
    set_password(link.user, password)
    spend(link.user, Purpose.SIGN_IN, Purpose.PASSWORD)
    return link.user


def spend(user: User, *purposes: Purpose, since: datetime | None = None) -> None:
    """No open link for these purposes works any longer; with ``since`` those stay that are older."""
    mine = (EmailedLink.user_id == user.id, EmailedLink.purpose.in_(purposes), EmailedLink.used_at.is_(None))
    newer = () if since is None else (EmailedLink.created_at >= since,)
    db.session.execute(update(EmailedLink).where(*mine, *newer).values(used_at=now()))


def spend_all_that_open(user: User) -> None:
    """Whoever reads the old mailbox must not get in by what lies there."""
    spend_links(user)
    spend(user, Purpose.SIGN_IN, Purpose.PASSWORD)
