"""The web's side of passkeys: where they are good, and the challenge on its way through the page."""

import ipaddress
from urllib.parse import urlsplit

from flask import current_app, request

from app.errors import RuleBroken
from app.identity import limits, vault
from app.identity.models import User
from app.identity.rules.passkeys import (
    LASTS,
    REFUSED,
    Challenge,
    Place,
    new_challenge,
    options_to_use,
    passkeys_of,
    use_passkey,
)


def place() -> Place | None:
    """From SITE_URL; None where there is none, or an address in numbers, for which no browser makes a key."""
    parts = urlsplit(current_app.config["SITE_URL"] or "")
    host = parts.hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return Place(host, f"{parts.scheme}://{parts.netloc}") if host else None
    return None


def seal_challenge(challenge: Challenge, whose: str) -> str:
    """For a hidden field of the page; ``whose`` says what it may be answered for."""
    return vault.seal(f"{whose} {challenge.text} {challenge.at}")


def open_challenge(sealed: str, whose: str) -> Challenge:
    """What the page was made with.

    Raises:
        RuleBroken: it was not made for this, or too long ago.
    """
    owner, _, rest = (vault.unseal(sealed, LASTS) or "").partition(" ")
    text, _, at = rest.partition(" ")
    if owner != whose or not at:
        raise RuleBroken("The page lay open for too long. Try again.")
    return Challenge(text, float(at))


def offer(user: User | None) -> dict[str, str] | None:
    """What a page needs to ask for a passkey: of ``user``, or of whoever comes. None where there is none to ask for."""
    here = place()
    if here is None or (user and not passkeys_of(user)):
        return None
    challenge = new_challenge()
    whose = f"use:{user.id if user else 'anybody'}"
    return {"options": options_to_use(user, here, challenge), "sealed": seal_challenge(challenge, whose)}


def accept(user: User | None) -> User:
    """The account that the passkey in this request opens; ``user``'s, if it must be that one.

    Raises:
        RuleBroken: it opens none. TooMany: this address has tried too often.
    """
    here = place()
    if here is None:
        raise RuleBroken(REFUSED)
    key = f"address:{request.remote_addr}"
    limits.spend(key, limits.PER_ADDRESS)
    challenge = open_challenge(request.form.get("sealed", ""), f"use:{user.id if user else 'anybody'}")
    found = use_passkey(request.form.get("credential", "")[:20_000], challenge, here, user)
    limits.refund(key)
    return found
