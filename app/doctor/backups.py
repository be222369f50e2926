"""How long ago the last backup was. A backup says so itself, by touching a file when it has succeeded."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from app.clock import now
from app.doctor.finding import Finding, note


def check(mark: str | None, hours: float) -> Iterator[Finding]:
    """The file ``mark`` should be younger than so many hours."""
    if not mark:
        yield note(
            "backups",
            "Nobody says when the last backup was. Set BACKUP_MARK to a file that each backup touches (docs/backup.md).",
        )
        return
    try:
        made = datetime.fromtimestamp(Path(mark).stat().st_mtime, UTC)
    except OSError:
        yield Finding(
            "backups", f"There is no backup mark at {mark}: no backup has succeeded yet, or BACKUP_MARK is wrong."
        )
        return
    age = (now() - made).total_seconds() / 3600
    if age > hours:
        yield Finding("backups", f"The last backup is {age:,.0f} hours old. Look at the log of its timer; run it now.")
