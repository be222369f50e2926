"""What must be read again but never shown: sealed with SECRET_KEY, and still opened with SECRET_KEY_FALLBACKS."""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from flask import current_app


def seal(text: str) -> str:
    """Encrypted with the newest key."""
    return vault().encrypt(text.encode()).decode()


def unseal(sealed: str, max_age: int | None = None) -> str | None:
    """What was sealed, or None: made up, sealed with a key that is gone, or longer than ``max_age`` seconds ago."""
    try:
        return vault().decrypt(sealed.encode(), ttl=max_age).decode()
    except InvalidToken:
        return None


def vault() -> MultiFernet:
    """The newest key first."""
    keys = [current_app.config["SECRET_KEY"], *current_app.config["SECRET_KEY_FALLBACKS"]]
    return MultiFernet([Fernet(fernet_key(key)) for key in keys])


def fernet_key(key: str) -> bytes:
    """Of the length that Fernet wants, and good for nothing else that SECRET_KEY signs."""
    return base64.urlsafe_b64encode(hashlib.sha256(b"identity vault " + key.encode()).digest())
