"""Where an outing stands at a moment: what its state and its times come to."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from app.outings.models import OutingState


class Stage(StrEnum):
    """In the order in which an outing passes through them; cancelled may come at any point."""

    DRAFT = "draft"
    NOT_OPEN = "not_open"
    OPEN = "open"
    CLOSED = "closed"
    RUNNING = "running"
    OVER = "over"
    CANCELLED = "cancelled"


class Timed(Protocol):
    """An outing, or a row of a list with the same columns."""

    @property
    def state(self) -> str: ...  # noqa: D102
    @property
    def starts_at(self) -> datetime: ...  # noqa: D102
    @property
    def ends_at(self) -> datetime: ...  # noqa: D102
    @property
    def opens_at(self) -> datetime | None: ...  # noqa: D102
    @property
    def closes_at(self) -> datetime | None: ...  # noqa: D102


def stage_of(outing: Timed, moment: datetime) -> Stage:
    """The stage at ``moment``; sign-up ends at the start at the latest."""
    if outing.state in (OutingState.CANCELLED, OutingState.DRAFT):
        return Stage(outing.state)
    if outing.state == OutingState.DONE or outing.ends_at <= moment:
        return Stage.OVER
    if outing.starts_at <= moment:
        return Stage.RUNNING
    if outing.opens_at and outing.opens_at > moment:
        return Stage.NOT_OPEN
    if outing.closes_at and outing.closes_at <= moment:
        return Stage.CLOSED
    return Stage.OPEN


def is_long_over(outing: Timed, moment: datetime, kept: timedelta) -> bool:
    """Whether nobody need be called or looked after because of it any more. Whoever was there may be in another unit by now, and what
    their family says today it says to that one.
    """
    return moment > outing.ends_at + kept
