"""Passkeys: a key in the phone, the computer or a stick that opens with a finger or a PIN, so that it is two factors in one.

The library that reads what a key has signed brings 8 MB of certificates' formats along: it is imported where a key is made or used,
and not for every page that offers to use one.
"""

import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import or_, select, update

from app.clock import now
from app.errors import RuleBroken
from app.extensions import db
from app.identity.events import happened
from app.identity.models import SecondFactor, User
from app.identity.rules.factors import ISSUER, check_room

LASTS = 300  # seconds between the page and the finger
REFUSED = "That passkey did not open this account. Try again, or use another way."
TIME = 60_000  # milliseconds for the finger, as the library proposes


class Place(NamedTuple):
    """Where passkeys are good: the host of SITE_URL, and its origin. Never what a request calls itself."""

    host: str
    origin: str


class Challenge(NamedTuple):
    """What a key has to sign, and when it was asked to."""

    text: str
    at: float

    @property
    def bytes(self) -> bytes:
        """As WebAuthn wants it."""
        return bytes_of(self.text)


def text_of(raw: bytes) -> str:
    """Bytes as WebAuthn writes them in JSON."""
    return urlsafe_b64encode(raw).decode().rstrip("=")


def bytes_of(text: str) -> bytes:
    """What was written so."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def new_challenge() -> Challenge:
    """A fresh one."""
    return Challenge(text_of(secrets.token_bytes(32)), now().timestamp())


def passkeys_of(user: User) -> Sequence[SecondFactor]:
    """The account's passkeys."""
    return db.session.scalars(
        select(SecondFactor).where(SecondFactor.user_id == user.id, SecondFactor.kind == "passkey")
    ).all()


def options_to_create(user: User, place: Place, challenge: Challenge) -> str:
    """What the browser is told to make a key, as JSON."""
    import webauthn
    from webauthn.helpers import structs

    return webauthn.options_to_json(
        webauthn.generate_registration_options(
            rp_id=place.host,
            rp_name=ISSUER,
            user_id=user.id.bytes,
            user_name=user.email,
            user_display_name=user.name,
            challenge=challenge.bytes,
            authenticator_selection=structs.AuthenticatorSelectionCriteria(
                resident_key=structs.ResidentKeyRequirement.REQUIRED,
                user_verification=structs.UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[
                structs.PublicKeyCredentialDescriptor(id=bytes_of(key.credential_id or "")) for key in passkeys_of(user)
            ],
        )
    )


def options_to_use(user: User | None, place: Place, challenge: Challenge) -> str:
    """What the browser is told to use a key, as JSON: one of ``user``'s, or any that was made for this site.

    These are the PublicKeyCredentialRequestOptionsJSON of Web Authentication Level 3, 5.1.9.
    """
    keys = passkeys_of(user) if user else []
    options = {
        "challenge": challenge.text,
        "timeout": TIME,
        "rpId": place.host,
        "allowCredentials": [{"id": key.credential_id, "type": "public-key"} for key in keys],
        "userVerification": "required",
    }
    return json.dumps(options)


def add_passkey(user: User, answer: str, challenge: Challenge, place: Place, name: str) -> SecondFactor:
    """Keep a key that the browser has made.

    Raises:
        RuleBroken: it was made for another site or question, without a finger or PIN, is known already, or is one too many.
    """
    import webauthn
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        made = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenge.bytes,
            expected_rp_id=place.host,
            expected_origin=place.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError):
        raise RuleBroken("No passkey was made. Try again.") from None
    check_room(user)
    credential_id = text_of(made.credential_id)
    if db.session.scalar(select(SecondFactor.id).where(SecondFactor.credential_id == credential_id)):
        raise RuleBroken("That passkey is set up already.")
    factor = SecondFactor(
        user_id=user.id,
        kind="passkey",
        name=name,
        credential_id=credential_id,
        public_key=text_of(made.credential_public_key),
        sign_count=made.sign_count,
    )
    db.session.add(factor)
    db.session.flush()
    happened("second factor added", user, by=user, changes={"passkey": (None, name)})
    return factor


def use_passkey(answer: str, challenge: Challenge, place: Place, user: User | None = None) -> User:
    """The account whose key has signed ``challenge``; ``user``'s, if it must be that one. A challenge is good for one sign-in.

    Raises:
        RuleBroken: no key of it has, or not for this site, or without a finger or PIN, or the challenge was used before.
    """
    import webauthn
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        credential_id = webauthn.helpers.parse_authentication_credential_json(answer).id
        factor = db.session.scalar(select(SecondFactor).where(SecondFactor.credential_id == credential_id))
        if factor is None or (user is not None and factor.user_id != user.id):
            raise RuleBroken(REFUSED)
        used = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge.bytes,
            expected_rp_id=place.host,
            expected_origin=place.origin,
            credential_public_key=bytes_of(factor.public_key or ""),
            credential_current_sign_count=factor.sign_count or 0,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError):
        raise RuleBroken(REFUSED) from None
    asked = datetime.fromtimestamp(challenge.at, UTC)
    won = (
        update(SecondFactor)
        # Whatever was asked before the key was last used is answered: of two requests with one answer, one wins.
        .where(
            SecondFactor.id == factor.id, or_(SecondFactor.last_used_at.is_(None), SecondFactor.last_used_at < asked)
        )
        .values(last_used_at=now(), sign_count=used.new_sign_count)
        .returning(SecondFactor.user_id)
        .execution_options(synchronize_session=False)
    )
    owner_id = db.session.scalar(won)
    owner = db.session.get(User, owner_id) if owner_id else None
    if owner is None or owner.suspended_at is not None:
        raise RuleBroken(REFUSED)
    return owner
