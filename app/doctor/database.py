"""The server, its clock and time zones, the accounts in it, and the trail that nobody may change."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Connection, func, or_, select, text

from app.audit.models import AuditEntry, HealthRead
from app.clock import now
from app.config import Config
from app.doctor.finding import Finding, note
from app.families.health.models import HealthNote
from app.families.health.vault import key_id
from app.identity import passwords
from app.identity.models import User
from app.units.models import Unit

OLDEST = 13  # PostgreSQL's major version
SLACK = 5.0  # seconds that the clocks may differ
MOST_ACCOUNTS, MOST_SECONDS = 50, 10.0  # looked at for the published password; each costs one hash
PROBED_DAYS = range(0, 400, 20)  # far enough to meet each change of summer time


def server(connection: Connection) -> Iterator[Finding]:
    """Version and encoding."""
    version = connection.scalar(text("SELECT current_setting('server_version_num')::int")) or 0
    if version < OLDEST * 10_000:
        yield Finding("server", f"PostgreSQL {version // 10_000} is too old. Upgrade it to {OLDEST} or newer.")
    encoding = connection.scalar(text("SHOW server_encoding"))
    if encoding != "UTF8":
        yield Finding(
            "server",
            f"The database keeps text as {encoding}; names in other scripts fail. Make one with ENCODING 'UTF8' and move over.",
        )


def clock(connection: Connection) -> Iterator[Finding]:
    """Sign-up opens and closes by the clock of the application; rows are dated by both."""
    before = now()
    there: datetime | None = connection.scalar(text("SELECT clock_timestamp()"))
    here = before + (now() - before) / 2
    apart = ((there or here) - here).total_seconds()
    if abs(apart) > SLACK:
        yield Finding(
            "clock",
            f"The database's clock is {abs(apart):,.0f} s {'ahead of' if apart > 0 else 'behind'} this machine's."
            " Let both take their time from NTP (timedatectl set-ntp true).",
        )


def time_zones(connection: Connection) -> Iterator[Finding]:
    """Both sides know the zones of the units, and think the same of the coming year."""
    names = connection.scalars(select(Unit.time_zone).distinct().order_by(Unit.time_zone)).all()
    # PostgreSQL reads some hundred files for this answer.
    known = set(connection.scalars(text("SELECT name FROM pg_timezone_names"))) if names else set()
    begin = now().replace(hour=12, minute=0, second=0, microsecond=0)
    for name in names:
        try:
            zone = ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            yield Finding(
                "time zones",
                f"A unit is in the time zone {name!r}, which Python does not know. Correct the unit, or: pip install -U tzdata",
            )
            continue
        if name not in known:
            yield Finding(
                "time zones",
                f"A unit is in the time zone {name!r}, which PostgreSQL does not know. Update the server's tzdata package.",
            )
            continue
        for moment in (begin + timedelta(days=days) for days in PROBED_DAYS):
            there = connection.scalar(text("SELECT timezone(:name, :moment)"), {"name": name, "moment": moment})
            if there != moment.astimezone(zone).replace(tzinfo=None):
                yield Finding(
                    "time zones",
                    f"Python and PostgreSQL differ about {name} on {moment:%Y-%m-%d}: one has old rules."
                    " Update the package tzdata on both sides.",
                )
                break


def published_passwords(connection: Connection, config: Config) -> Iterator[Finding]:
    """The accounts that can still have the password of the guide (identity/startup.py says why only these)."""
    suspects = connection.execute(
        select(User.email, User.password_hash)
        .where(or_(User.is_site_admin, User.must_change_password), User.password_hash.is_not(None))
        .order_by(User.is_site_admin.desc(), User.id)
        .limit(MOST_ACCOUNTS + 1)
    ).all()
    deadline = time.monotonic() + MOST_SECONDS
    for number, (email, password_hash) in enumerate(suspects):
        if number == MOST_ACCOUNTS or time.monotonic() > deadline:
            yield note("passwords", f"Only the first {number} accounts were looked at for the published password.")
            return
        if passwords.verify(password_hash, passwords.PUBLISHED_DEFAULT):
            text_ = (
                f"The account {email} still has the published password {passwords.PUBLISHED_DEFAULT!r}."
                f" Run: flask seed-admin --email {email} --reset-password"
            )
            yield Finding("passwords", text_, wrong=config.environment != "development")


def health_notes(connection: Connection, config: Config) -> Iterator[Finding]:
    """Notes that no key opens, and those that wait for the newest key."""
    texts = [text for text in (config.health_key, *config.health_key_fallbacks) if text]
    known = [key_id(text) for text in texts]
    openly = or_(HealthNote.diet.is_not(None), HealthNote.allergies.is_not(None))
    rows = connection.execute(
        select(HealthNote.key_id, openly, func.count())
        .where(or_(openly, HealthNote.key_id.is_not(None)))
        .group_by(HealthNote.key_id, openly)
    ).all()
    lost = sum(count for id, _, count in rows if id and id not in known)
    due = sum(count for id, is_open, count in rows if is_open or id in known[1:])
    if lost:
        yield Finding(
            "health notes",
            f"{lost:,} health notes open with no key that is set. Put the key that they were sealed with into HEALTH_KEY_FALLBACKS.",
        )
    if due:
        yield note(
            "health notes",
            f"{due:,} health notes are not sealed with the newest key yet. When no older release runs any more: flask rotate-health-key",
        )


def trail(connection: Connection, config: Config) -> Iterator[Finding]:
    """In production the role that serves pages should not be able to change the audit log."""
    if not config.is_production:
        return
    for table in (AuditEntry.__tablename__, HealthRead.__tablename__):
        may_change = text("SELECT has_table_privilege(:table, 'UPDATE') OR has_table_privilege(:table, 'DELETE')")
        if connection.scalar(may_change, {"table": table}):
            yield note(
                "audit log",
                f"This role may change and delete rows of {table}. Serve the site as a role of its own: deploy/grants.sql.",
            )
