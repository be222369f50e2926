"""Every refusal that a rule can raise. The web edge turns them into pages, toasts and form errors."""

from typing import Any


class RuleBroken(Exception):
    """A rule said no. ``message`` is a sentence for people; ``field`` names the form field that it concerns, if one."""

    status = 422

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


NOT_FOUND = "We could not find that page."


class NotFound(RuleBroken):
    """It does not exist, or this user may not know that it does."""

    status = 404

    def __init__(self, message: str = NOT_FOUND) -> None:
        super().__init__(message)


class NotAllowed(RuleBroken):
    """This user may see it but not change it."""

    status = 403

    def __init__(self, message: str = "Your account may not do that.") -> None:
        super().__init__(message)


class Conflict(RuleBroken):
    """What the user wants collides with what is there now."""

    status = 409


class Stale(Conflict):
    """Somebody else saved first. ``theirs`` and ``yours`` hold the values that differ, by field name."""

    def __init__(self, message: str, theirs: dict[str, Any], yours: dict[str, Any]) -> None:
        super().__init__(message)
        self.theirs = theirs
        self.yours = yours


class TooMany(RuleBroken):
    """Too many attempts. ``retry_after`` is in seconds."""

    status = 429

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after
