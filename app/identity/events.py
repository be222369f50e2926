"""What happens to an account's safety: told to whoever keeps a record of it. The audit room comes after this one and listens."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from app.identity.models import User

# An account is its owner's again; rooms that come later take away what was begun in its name.
TAKEN_BACK = "email taken back"
# By the name of the room that listens; called in the transaction of what happened.
WITNESSES: dict[str, Callable[..., Any]] = {}


@dataclass(frozen=True)
class Account:
    """One that is known by its id alone."""

    id: uuid.UUID
    __tablename__: ClassVar[str] = "users"


# Stands for an account that does not exist: trying it leaves the same trace, and takes as long.
NOBODY = Account(uuid.UUID(int=0))


def happened(
    action: str,
    user: User | uuid.UUID | None,
    *,
    by: User | None = None,
    changes: Mapping[str, Any] | None = None,
) -> None:
    """Tell of ``action`` on the account ``user``. Never put a password, a code, a token or what was typed into ``changes``."""
    subject = Account(user) if isinstance(user, uuid.UUID) else user or NOBODY
    for record in WITNESSES.values():
        record(by, action, subject, changes=changes)
