"""What the pages of the workbench share: the outing, its seat book, and the rows in words."""

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property

from flask import current_app, url_for
from markupsafe import Markup

from app.clock import now
from app.identity.permissions import Can
from app.identity.sessions import account
from app.outings.access import may_with
from app.outings.leads import health_is_open
from app.outings.plain import AnyOuting
from app.outings.stage import is_long_over
from app.roster import counts, printing, queries
from app.roster.calling import Calls, calls_of
from app.roster.counts import Counts
from app.roster.found import Found
from app.roster.lines import Line, Trip, line_of
from app.roster.printing import kept, macros, printed, with_health
from app.roster.queries import Page
from app.signups.models import ParticipantState
from app.signups.rules.book import Book, open_book
from app.signups.rules.seats import groups_of
from app.web.pieces import joined


@dataclass
class Desk:
    """One outing on the table; the templates read all they need from here."""

    outing: AnyOuting

    @cached_property
    def url(self) -> str:
        """The address that the address of every row begins with."""
        return url_for("roster.index", outing_id=self.outing.id)

    @cached_property
    def book(self) -> Book:
        """The seats as they are now; one statement."""
        return open_book(self.outing)

    @cached_property
    def counts(self) -> Counts:
        """How full it is. The reasons are asked for only when there is something to explain."""
        if not counts.is_over(self.book):
            return counts.counts_of(self.book)
        reasons = [self.outing.overbook_reason] if self.outing.overbook_reason else []
        reasons += [f"{name}: {reason}" for name, reason in queries.past_the_limit(self.outing)]
        return counts.counts_of(self.book, reasons)

    @cached_property
    def places(self) -> dict[str, int]:
        """The place in line of everybody who waits, 1 is next; a party shares one."""
        line = enumerate(groups_of(self.book.line), 1)
        return {str(waiting.id): place for place, party in line for waiting in party}

    @cached_property
    def parties(self) -> int:
        """How many places in line there are."""
        return max(self.places.values(), default=0)

    @cached_property
    def trip(self) -> Trip:
        """What the rows are judged against."""
        return Trip.of(self.outing, is_over=self.is_over)

    @cached_property
    def is_over(self) -> bool:
        """Whether the outing was over some days ago: then the roster says who was there, and not how to reach them."""
        return is_long_over(self.outing, now(), current_app.config["HEALTH_OPEN"])

    @cached_property
    def is_time_for_health(self) -> bool:
        """Whether there is a need to know now: for the leads who it is about, for the cook how many."""
        return health_is_open(self.outing, now(), current_app.config["HEALTH_OPEN"])

    @cached_property
    def opens_health(self) -> bool:
        """Whether whoever asks may open the health notes of this roster now; others see that there are some."""
        return self.is_time_for_health and may_with(account(), Can.OPEN_HEALTH, self.outing)

    def stays_at_home(self, row: Found) -> bool:
        """Whether somebody does not come along: called off, or still in line when it began."""
        if row.state == ParticipantState.WAITING:
            return self.outing.starts_at <= now()
        return row.state == ParticipantState.CANCELLED

    def calls(self, row: Found) -> Calls | None:
        """Whom to call, and who may collect a child, of whoever comes, while it is of use; one statement."""
        if self.is_over or self.stays_at_home(row):
            return None
        return calls_of(uuid.UUID(row.person_id))

    @cached_property
    def why(self) -> dict[str, str]:
        """What keeps whoever waits in line, where the place alone does not say it."""
        return counts.why_waiting(self.book)

    def lines(self, rows: Iterable[Found]) -> list[Line]:
        """The rows in words."""
        return [self.line(row) for row in rows]

    def line(self, row: Found) -> Line:
        """One row in words."""
        waits = row.state == ParticipantState.WAITING
        why, places = (self.why, self.places) if waits else ({}, {})
        opens_health = self.opens_health and not self.stays_at_home(row)
        return line_of(row, self.trip, why, places, opens_health=opens_health)

    def listed(self, page: Page, csrf: str) -> Markup:
        """The rows of a page as HTML."""
        if current_app.debug:  # somebody is at work on the template
            printing.forget()
        trip, url, opens_health, template = self.trip, self.url, self.opens_health, macros()
        parts: list[Markup] = []
        for row in kept(page.texts, trip, url) if page.texts else ():
            apart = page.apart.get(row.found.id)
            if row.whole is None or (apart and apart.has_words):
                parts.append(self.rows([self.line(row.found.with_apart(apart))], csrf))
            elif apart and not trip.is_over:
                parts += with_health(row, apart, url, template, opens_health=opens_health)
            else:
                parts.append(row.whole)
        return joined(parts)

    def rows(self, lines: Iterable[Line], csrf: str, *, oob: bool = False) -> Markup:
        """The rows as HTML."""
        return printed(lines, self.url, csrf, self.parties, oob=oob)

    def fresh(self, row_id: uuid.UUID, others: Collection[uuid.UUID], *, line_moved: bool) -> tuple[Line, list[Line]]:
        """A row after an edit, and the other rows that look different because of it."""
        rows = queries.rows_of(self.outing, {row_id, *others}, and_waiting=line_moved)
        lines = self.lines(rows.values())
        key = str(row_id)
        return next(line for line in lines if line.id == key), [line for line in lines if line.id != key]
