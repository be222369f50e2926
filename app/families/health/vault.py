"""What is said about health is sealed with HEALTH_KEY before the database sees it, and still opened with HEALTH_KEY_FALLBACKS.

AES-256 in GCM (``cryptography``). The person's id goes into each seal, so that a text that was copied to the row of another
person, or from one column to the other, does not open. docs/decisions/0021-health-is-sealed.md says why it is done here.
"""

import os
import uuid
from collections.abc import Mapping
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app

from app.config import ConfigError
from app.errors import Conflict

ID_BYTES, NONCE_BYTES = 4, 12
ANSWERS, FLAGS = b"answers", b"flags"


class Unreadable(Conflict):
    """Sealed with a key that the site does not have, or not for this person."""

    def __init__(self) -> None:
        super().__init__(
            "These health notes cannot be opened: the key that they were sealed with is missing. "
            "Tell whoever runs the site, and ask the family until it is back."
        )


def seal(text: str, person_id: uuid.UUID, what: bytes) -> bytes:
    """``text`` about a person, with the newest key: the key's id, a nonce, and what was encrypted.

    Raises:
        ConfigError: there is no key.
    """
    nonce, newest = os.urandom(NONCE_BYTES), newest_key_id()
    return bytes.fromhex(newest) + nonce + keyring()[newest].encrypt(nonce, text.encode(), bound_to(person_id, what))


def unseal(sealed: bytes, person_id: uuid.UUID, what: bytes) -> str:
    """What was sealed.

    Raises:
        Unreadable: with a key that is not there, for another person, or changed since.
    """
    key = keyring().get(sealed[:ID_BYTES].hex())
    nonce, text = sealed[ID_BYTES : ID_BYTES + NONCE_BYTES], sealed[ID_BYTES + NONCE_BYTES :]
    if key is None or len(nonce) < NONCE_BYTES:
        raise Unreadable
    try:
        return key.decrypt(nonce, text, bound_to(person_id, what)).decode()
    except InvalidTag:
        raise Unreadable from None


def newest_key_id() -> str:
    """Of the key that seals.

    Raises:
        ConfigError: there is none.
    """
    if not current_app.config["HEALTH_KEY"]:
        raise ConfigError("HEALTH_KEY is missing; health notes are sealed with it.")
    return key_id(current_app.config["HEALTH_KEY"])


def keyring() -> Mapping[str, AESGCM]:
    """All keys that open, by their ids."""
    config = current_app.config  # once: a roster asks for fifty people
    return ring_of((config["HEALTH_KEY"], *config["HEALTH_KEY_FALLBACKS"]))


@lru_cache(maxsize=8)
def ring_of(texts: tuple[str, ...]) -> Mapping[str, AESGCM]:
    """The keys of these settings; made once, since a roster opens fifty seals."""
    return {key_id(text): AESGCM(derived(text, b"health notes", 32)) for text in texts if text}


@lru_cache(maxsize=8)
def key_id(text: str) -> str:
    """Tells keys apart and tells nothing about them."""
    return derived(text, b"health notes: id of the key", ID_BYTES).hex()


def derived(text: str, purpose: bytes, length: int) -> bytes:
    """Bytes that are good for one purpose, from a setting."""
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=purpose).derive(text.encode())


def bound_to(person_id: uuid.UUID, what: bytes) -> bytes:
    """What a seal holds for, beside its text."""
    return b"health_notes " + what + b" " + person_id.bytes
