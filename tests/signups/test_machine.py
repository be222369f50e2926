"""Any order of sign-ups, changes, cancellations and edits keeps the promises of the waiting list."""

import uuid
from itertools import groupby

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from app.errors import RuleBroken
from app.extensions import db
from app.signups.models import Participant, Signup
from app.signups.rules import leader
from app.signups.rules.book import load_of
from app.signups.rules.seats import Limits, Load, sum_of
from tests.factories import make_adult, make_family, make_leader, make_outing, make_unit, together
from tests.signups.helpers import family_of, sign_up

FAMILIES = 4
seats = st.one_of(st.none(), st.integers(0, 6))
which = st.integers(0, FAMILIES - 1)
subset = st.lists(st.integers(0, 3), unique=True, max_size=4)


class Troop:
    """Four families of up to four people and a leader, made once. Each example has an outing of its own."""

    def __init__(self) -> None:
        with together():
            self.unit = make_unit()
            self.families = [make_family(self.unit, size, last_name=f"F{size}") for size in range(FAMILIES)]
            self.helper = make_adult("Raj", "Patel", unit=self.unit)
        self.leader = make_leader(self.unit)
        self.people = [family_of(family) for family in self.families]


class Line(RuleBasedStateMachine):
    """One outing. The checks know nothing of how the rules work."""

    troop: Troop

    @initialize(total=seats, youth=seats, mode=st.sampled_from(["whoever_fits", "in_order"]), cars=st.booleans())
    def begin(self, total, youth, mode, cars):
        troop = self.troop
        self.leader, self.families, self.people, self.helper = troop.leader, troop.families, troop.people, troop.helper
        self.outing = make_outing(troop.unit, total_seats=total, youth_seats=youth, waiting_rule=mode, counts_cars=cars)
        self.before: dict[uuid.UUID, tuple[str, int | None]] = {}
        self.reordered = False

    @rule(at=which, chosen=subset, together=st.booleans(), passengers=st.one_of(st.none(), st.integers(0, 4)))
    def send(self, at, chosen, together, passengers):
        family = self.people[at]
        people = [family[number] for number in chosen if number < len(family)]
        drivers = {person.id: (passengers, passengers) for person in people if person.user_id}
        sign_up(self.families[at], self.outing, people, together=together, drivers=drivers)

    @rule(total=seats, youth=seats, reason=st.sampled_from([None, "the lodge is smaller"]))
    def change_seats(self, total, youth, reason):
        with db.session.begin_nested() as attempt:
            self.outing.total_seats, self.outing.youth_seats = total, youth
            self.outing.overbook_reason = reason
            try:
                leader.seats_changed(self.outing, self.leader)
            except RuleBroken:
                attempt.rollback()

    @rule(
        at=st.integers(0, 20),
        state=st.sampled_from(["confirmed", "waiting", "cancelled"]),
        reason=st.sampled_from([None, "cook"]),
    )
    def edit(self, at, state, reason):
        rows = self.rows()
        if rows:
            row = rows[at % len(rows)]
            with db.session.begin_nested() as attempt:
                try:
                    leader.edit_row(self.leader, self.outing.id, row.id, row.version, {}, state, reason)
                except RuleBroken:
                    attempt.rollback()

    @rule(reason=st.sampled_from([None, "the cook"]))
    def add(self, reason):
        leader.add_person(self.leader, self.outing, self.helper.id, reason)

    @rule(at=st.integers(0, 20), place=st.integers(1, 5))
    def reorder(self, at, place):
        waiting = [row for row in self.rows() if row.state == "waiting"]
        if waiting:
            self.reordered = True
            leader.move_in_line(self.leader, self.outing.id, waiting[at % len(waiting)].id, place, "promised")

    def rows(self) -> list[Participant]:
        db.session.flush()
        return list(
            db.session.scalars(
                select(Participant).where(Participant.outing_id == self.outing.id).order_by(Participant.id)
            )
        )

    def together(self) -> dict[uuid.UUID, bool]:
        """Of each party, whether it stays together."""
        return dict(
            db.session.execute(select(Signup.id, Signup.together).where(Signup.outing_id == self.outing.id)).all()
        )

    def line(self, rows: list[Participant]) -> list[list[Participant]]:
        """What must be seated at one stroke, in the order of the line."""
        together = self.together()
        parties: dict[tuple, list[Participant]] = {}
        for row in sorted(
            (row for row in rows if row.state == "waiting"), key=lambda row: (row.queue_no, row.signup_id)
        ):
            alone = None if together[row.signup_id] else row.id
            parties.setdefault((row.queue_no, row.signup_id, alone), []).append(row)
        return list(parties.values())

    @invariant()
    def holds(self):
        if not hasattr(self, "outing"):
            return
        db.session.refresh(self.outing)
        rows, limits = self.rows(), Limits.of(self.outing)
        confirmed = [row for row in rows if row.state == "confirmed"]
        used = sum_of(load_of(row) for row in confirmed)
        over = limits.exceeded_by(used)
        if max(over.youth, over.adults, over.total):
            assert self.outing.overbook_reason or any(row.overbook_reason for row in confirmed), (
                "oversold without a reason"
            )
        live = [row.person_id for row in rows if row.state != "cancelled"]
        assert len(live) == len(set(live)), "somebody is in twice"
        self.no_seat_is_free_for_whoever_waits(limits, used, rows)
        if not self.reordered:
            self.nobody_overtook(limits, used, rows)
        self.reordered = False
        self.before = {row.id: (row.state, row.queue_no) for row in rows}

    def no_seat_is_free_for_whoever_waits(self, limits: Limits, used: Load, rows: list[Participant]) -> None:
        line = self.line(rows)
        if self.outing.waiting_rule == "in_order":
            line = line[:1]
        for portion in line:
            assert not limits.allow(used, sum_of(load_of(row) for row in portion)), "a seat is free and somebody waits"

    def nobody_overtook(self, limits: Limits, used: Load, rows: list[Participant]) -> None:
        """Whoever still waits did not fit at the moment at which somebody who came later got a seat."""
        line = self.line(rows)
        # In order, those behind the first are held back for it.
        line = line[:1] if self.outing.waiting_rule == "in_order" else line
        for stroke in reversed(self.strokes(rows)):
            used = used.minus(sum_of(load_of(row) for row in stroke))
            if any(row.overbook_reason for row in stroke):
                continue
            came = min(self.before.get(row.id, ("", None))[1] or float("inf") for row in stroke)
            for portion in line:
                if max(row.queue_no for row in portion) < came and portion[0].signup_id != stroke[0].signup_id:
                    load = sum_of(load_of(row) for row in portion)
                    assert not limits.allow(used, load), "somebody overtook the line"

    def strokes(self, rows: list[Participant]) -> list[list[Participant]]:
        """Who got a seat in this step, in the order in which they got it; who stays together got it at one stroke."""
        together = self.together()
        seated = [row for row in rows if row.state == "confirmed" and self.before.get(row.id, ("",))[0] != "confirmed"]
        in_turn = groupby(
            sorted(seated, key=lambda row: row.confirmed_at),
            key=lambda row: row.signup_id if together[row.signup_id] else row.id,
        )
        return [list(stroke) for _, stroke in in_turn]


@pytest.mark.usefixtures("db_session")
def test_the_promises_hold_whatever_happens(monkeypatch):
    monkeypatch.setattr(Line, "troop", Troop(), raising=False)
    run_state_machine_as_test(Line, settings=settings(max_examples=40, stateful_step_count=25, deadline=None))
