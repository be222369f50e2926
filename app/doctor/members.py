"""Members whom a search would not find."""

from collections.abc import Iterator

from sqlalchemy import Connection

from app.doctor.finding import Finding, note
from app.members.following import LAGS


def check(connection: Connection) -> Iterator[Finding]:
    """What members are found by follows from their names, numbers, patrols and guardians; it lags where old code has written."""
    if count := connection.scalar(LAGS):
        yield note("members", f"{count:,} places of members are not found by what they are called now. Run: flask tidy")
