"""What happens to an account's safety: told to whoever keeps a record of it. The audit room comes after this one and listens."""

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from app.identity.models import User

# By the name of the room that listens; called in the transaction of what happened.
WITNESSES: dict[str, Callable[..., Any]] = {}


class Nobody:
    """Stands for an account that does not exist: trying it leaves the same trace, and takes as long."""

    __tablename__ = "users"
    id = uuid.UUID(int=0)


def happened(
    action: str, user: User | None, *, by: User | None = None, changes: Mapping[str, Any] | None = None
) -> None:
    """Tell of ``action`` on the account ``user``. Never put a password, a code, a token or what was typed into ``changes``."""
    for record in WITNESSES.values():
        record(by, action, user or Nobody(), changes=changes)
