"""Many at once, with real commits: the last seat is sold once, and only because of the lock."""

import random
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, insert, select

from app.extensions import db, new_id
from app.families.models import Person
from app.families.queries import family_ids
from app.identity.models import User
from app.outings.models import Outing
from app.outings.plain import COLUMNS
from app.reading import Reading
from app.signups.models import Participant
from app.signups.queries import relatives_of, standing_statement
from app.signups.rules import book
from app.signups.rules.family import Wish, send_party
from tests.factories import make_family, make_outing, make_unit
from tests.sites import emptied, fresh_site

CONNECTIONS = 8
ROUNDS = 1_000
SIZES = (1, 2, 1, 3, 1, 4, 1, 1)


@pytest.fixture
def crowded_site():
    """A site of its own, which is full of rows afterwards, with a connection for everybody."""
    with fresh_site(WEB_THREADS=str(CONNECTIONS)) as site, emptied(site):
        yield site


class Contest:
    """Eight families who all want the same seats at the same moment, round after round."""

    def __init__(self, site, rounds: int) -> None:
        self.app, dice = site.app, random.Random(77)
        with self.app.app_context():
            unit = make_unit()
            self.unit_id = unit.id
            families = [make_family(unit, size, parent=False) for size in SIZES]
            self.families = [(user, self.relatives(user.id, unit)) for user in families]
            model = make_outing(unit)
            values = {"unit_id": unit.id, "title": "Last seats", "starts_at": model.starts_at, "ends_at": model.ends_at}
            self.seats = {new_id(): dice.randint(1, 6) for _ in range(rounds)}
            db.session.execute(
                insert(Outing),
                [{"id": id, "total_seats": total, "state": "published", **values} for id, total in self.seats.items()],
            )
            db.session.commit()
            # Each account is read once, as each family is: 8,000 times would measure nothing but our patience.
            for user in families:
                db.session.refresh(user)
                db.session.expunge(user)

    def relatives(self, user_id: uuid.UUID, unit) -> list:
        return relatives_of(user_id, make_outing(unit))

    def run(self) -> dict[uuid.UUID, int]:
        """Let them loose; returns how many got a seat, by outing."""
        start = threading.Barrier(CONNECTIONS)
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            list(pool.map(lambda at: self.one_family(at, start), range(CONNECTIONS)))
        with self.app.app_context():
            rows = db.session.execute(
                select(Participant.outing_id, func.count())
                .where(Participant.state == "confirmed", Participant.outing_id.in_(self.seats))
                .group_by(Participant.outing_id)
            )
            return {outing_id: people for outing_id, people in rows}  # noqa: C416 (rows are no tuples to mypy)

    def one_family(self, at: int, start: threading.Barrier) -> None:
        user, relatives = self.families[at]
        everybody = frozenset(person.id for person in relatives)
        for outing_id in self.seats:
            start.wait(60)
            with self.app.app_context():
                send_party(user, outing_id, Wish(everybody, False, uuid.uuid4(), consent=True), relatives)
                db.session.commit()


def test_the_last_seats_are_sold_exactly_once(crowded_site):
    contest = Contest(crowded_site, ROUNDS)
    sold = contest.run()
    oversold = sum(sold[id] > seats for id, seats in contest.seats.items())
    unsold = sum(sold[id] < seats for id, seats in contest.seats.items())
    assert (len(sold), oversold, unsold) == (ROUNDS, 0, 0)


def test_without_the_lock_the_same_contest_oversells(crowded_site, monkeypatch):
    """The control: if this does not oversell, the test above proves nothing."""
    monkeypatch.setattr(book, "LOCKED", Reading(standing_statement(*COLUMNS)))
    contest = Contest(crowded_site, 50)
    sold = contest.run()
    assert sum(sold[id] > seats for id, seats in contest.seats.items()) > 0


def at_once(calls: list[Callable[[], object]]) -> list[object]:
    """Run them in a thread each, released together; their results in order."""
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], object]) -> object:
        start.wait(30)
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["plain", "htmx"])
def test_the_same_post_five_times_at_once_has_one_effect_and_five_equal_answers(committed_db, sign_in, headers):
    app = committed_db.app
    with app.app_context():
        unit = make_unit()
        user, outing = make_family(unit, 2, parent=False), make_outing(unit, total_seats=1)
        people = [str(id) for id in db.session.scalars(select(Person.id).where(Person.id.in_(family_ids(user.id))))]
        db.session.commit()
        address = f"/outings/{outing.id}/signup"
        clients = [app.test_client() for _ in range(5)]
        for client in clients:
            sign_in(client, user)
    form = {"people": people, "together": "0", "consent": "1", "submission": str(uuid.uuid4())}
    answers = at_once([lambda c=client: c.post(address, data=form, headers=headers) for client in clients])
    seen = {(answer.status_code, answer.headers.get("Location"), without_token(answer.text)) for answer in answers}
    assert len(seen) == 1
    assert answers[0].status_code == (200 if headers else 303)
    with app.app_context():
        rows = db.session.scalars(select(Participant.state)).all()
    assert sorted(rows) == ["confirmed", "waiting"]


def without_token(text: str) -> str:
    """The page without the CSRF token, which every browser has an own one of."""
    return "\n".join(line for line in text.splitlines() if "csrf_token" not in line)


def test_a_newcomer_never_gets_the_seat_that_frees_at_that_moment(committed_db):
    """A cancels while B waits and C arrives: B is in, C waits, whoever is quicker; fifty times."""
    app = committed_db.app
    with app.app_context():
        unit = make_unit()
        users = [make_family(unit, 1, parent=False, last_name=name) for name in "ABC"]
        template = make_outing(unit)
        families = [(user.id, relatives_of(user.id, template)) for user in users]
        outings = [make_outing(unit, total_seats=1).id for _ in range(50)]
        db.session.commit()

    def send(at: int, outing_id: uuid.UUID, *, coming: bool) -> None:
        user_id, relatives = families[at]
        people = frozenset(person.id for person in relatives) if coming else frozenset()
        with app.app_context():
            send_party(
                db.session.get(User, user_id), outing_id, Wish(people, True, uuid.uuid4(), consent=True), relatives
            )
            db.session.commit()

    for outing_id in outings:
        send(0, outing_id, coming=True)
        send(1, outing_id, coming=True)
        at_once([lambda o=outing_id: send(0, o, coming=False), lambda o=outing_id: send(2, o, coming=True)])
    with app.app_context():
        rows = db.session.execute(
            select(Person.last_name, Participant.state, func.count())
            .join(Person, Person.id == Participant.person_id)
            .group_by(Person.last_name, Participant.state)
        ).all()
    assert sorted(map(tuple, rows)) == [("A", "cancelled", 50), ("B", "confirmed", 50), ("C", "waiting", 50)]
