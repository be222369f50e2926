"""The second factor: an authenticator app, recovery codes for the day it is lost, and taking them away."""

import base64
import hmac
import secrets
import uuid
from collections.abc import Sequence
from datetime import datetime

import pyotp
from sqlalchemy import delete, func, or_, select, update

from app.clock import now
from app.errors import NotFound, RuleBroken
from app.extensions import db
from app.identity import limits, vault
from app.identity.events import happened
from app.identity.models import MOST_FACTORS, RecoveryCode, SecondFactor, User
from app.identity.rules.accounts import digest
from app.identity.rules.signing_in import Attempt, refund

STEP = 30  # seconds that a code of an app lasts; clocks may be one step apart
CODES = 10
WRONG_CODE = "That code is not right, or it was used before. Wait for the next one and type that."
ISSUER = "Scouting Outing Manager"


def begin_second(user_id: uuid.UUID) -> Attempt:
    """Book an attempt to show the second factor; the caller commits before it looks at the code.

    Raises:
        TooMany: this account has used its attempts up.
    """
    key = f"second:{user_id}"
    limits.spend(key, limits.PER_ACCOUNT)
    return Attempt((key,))


def has_factor(user: User) -> bool:
    """Whether a second factor is set up."""
    return bool(db.session.scalar(select(select(SecondFactor.id).where(SecondFactor.user_id == user.id).exists())))


def check_code(user: User, typed: str, attempt: Attempt) -> None:
    """``typed`` is the code of one of the account's apps, or one of its recovery codes, which is spent by it.

    Raises:
        RuleBroken: it is neither, or was used before.
    """
    code = "".join(typed.split())
    if code.isascii() and code.isdigit() and len(code) == 6:
        apps = select(SecondFactor).where(SecondFactor.user_id == user.id, SecondFactor.kind == "app")
        used = any(use_app(factor, code) for factor in db.session.scalars(apps.limit(MOST_FACTORS)).all())
    else:
        used = use_recovery_code(user, code)
    if not used:
        happened("second factor failed", user)
        raise RuleBroken(WRONG_CODE, "code")
    refund(attempt)


def use_app(factor: SecondFactor, code: str) -> bool:
    """Whether ``code`` is one of ``factor``'s now. Of two requests that bring the same code one wins."""
    secret = vault.unseal(factor.secret or "")
    step = step_of(secret, code) if secret else None
    if step is None or secret is None:
        return False
    won = (
        update(SecondFactor)
        .where(SecondFactor.id == factor.id, or_(SecondFactor.last_step.is_(None), SecondFactor.last_step < step))
        # Sealed anew, so that a key can be retired.
        .values(last_step=step, last_used_at=now(), secret=vault.seal(secret))
        .returning(SecondFactor.id)
        .execution_options(synchronize_session=False)
    )
    return db.session.scalar(won) is not None


def step_of(secret: str, code: str) -> int | None:
    """The half minute that ``code`` belongs to: this one, the one before or the one after."""
    otp, current = pyotp.TOTP(secret, interval=STEP), int(now().timestamp()) // STEP
    return next((step for step in (current, current - 1, current + 1) if matches(otp, step, code)), None)


def matches(otp: pyotp.TOTP, step: int, code: str) -> bool:
    """Compared in the same time whatever differs."""
    return hmac.compare_digest(otp.generate_otp(step).encode(), code.encode())  # of str it takes ASCII only


def use_recovery_code(user: User, code: str) -> bool:
    """Whether it was one of the account's; it is none any more."""
    wanted = digest(code.replace("-", "").lower())
    spent = delete(RecoveryCode).where(RecoveryCode.user_id == user.id, RecoveryCode.code_hash == wanted)
    if db.session.scalar(spent.returning(RecoveryCode.id)) is None:
        return False
    happened("recovery code used", user, by=user)
    return True


def address_of(user: User, secret: str) -> str:
    """What the QR code says to the app."""
    return pyotp.TOTP(secret, interval=STEP).provisioning_uri(name=user.email, issuer_name=ISSUER)


def add_app(user: User, secret: str, code: str, name: str) -> SecondFactor:
    """Keep an app that has shown a code of ``secret``. The code is spent by that.

    Raises:
        RuleBroken: the code is wrong, or there are too many.
    """
    step = step_of(secret, "".join(code.split()))
    if step is None:
        raise RuleBroken(
            "That code does not fit. Check the clock of your phone, and type the code that it shows now.", "code"
        )
    check_room(user)
    factor = SecondFactor(user_id=user.id, kind="app", name=name, secret=vault.seal(secret), last_step=step)
    db.session.add(factor)
    db.session.flush()
    happened("second factor added", user, by=user, changes={"app": (None, name)})
    return factor


def check_room(user: User) -> None:
    """Lock the account, and refuse an eleventh factor.

    Raises:
        RuleBroken: there are ten.
    """
    db.session.execute(select(User.id).where(User.id == user.id).with_for_update())
    had = db.session.scalar(select(func.count()).where(SecondFactor.user_id == user.id)) or 0
    if had >= MOST_FACTORS:
        raise RuleBroken(f"There are {MOST_FACTORS} already. Remove one that you no longer use.")


def new_codes(user: User, *, first: bool = False) -> Sequence[str]:
    """Ten new recovery codes instead of those that are left. They are kept nowhere but as hashes. ``first``: with the first factor,
    of which its owner is told anyway.
    """
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    codes = [base64.b32encode(secrets.token_bytes(10)).decode().lower() for _ in range(CODES)]
    db.session.add_all([RecoveryCode(user_id=user.id, code_hash=digest(code)) for code in codes])
    happened("recovery codes made" if first else "recovery codes renewed", user, by=user)
    return ["-".join(code[at : at + 4] for at in range(0, 16, 4)) for code in codes]


def remove_factor(user: User, factor_id: uuid.UUID) -> str:
    """Take one away; with the last one go the recovery codes. Returns its name.

    Raises:
        NotFound: it is somebody else's, or gone.
    """
    gone = delete(SecondFactor).where(SecondFactor.user_id == user.id, SecondFactor.id == factor_id)
    name: str | None = db.session.scalar(gone.returning(SecondFactor.name))
    if name is None:
        raise NotFound
    if not has_factor(user):
        db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    happened("second factor removed", user, by=user, changes={"factor": (name, None)})
    return name


def forget_factors(user: User, since: datetime) -> None:
    """Take away what was added after ``since``, and the recovery codes of that time, when it may not have been the owner."""
    db.session.execute(delete(SecondFactor).where(SecondFactor.user_id == user.id, SecondFactor.created_at > since))
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id, RecoveryCode.created_at > since))


def reset_factors(user: User, by: User | None) -> None:
    """Somebody has lost them all: a site admin, or a command, takes them away."""
    db.session.execute(delete(SecondFactor).where(SecondFactor.user_id == user.id))
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    happened("second factor reset", user, by=by)
