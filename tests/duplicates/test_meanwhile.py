"""Somebody is signed up, edited or imported while two rows are made one: a sentence or the right row, never an error, never two seats."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, event, select

from app.duplicates.access import pair_for
from app.duplicates.rules import merging
from app.duplicates.rules.merging import fingerprint, merge
from app.errors import Conflict
from app.extensions import db
from app.families import merged
from app.families.models import Guardian, Person
from app.identity.models import User
from app.members.importing.applying import apply
from app.members.importing.drafting import start
from app.members.importing.slices import go_on
from app.members.models import ImportRow, Membership, RosterImport
from app.signups.models import Participant
from app.units.models import RoleName, Unit
from tests.factories import keep, make_leader, make_outing, make_person, make_unit, make_user
from tests.sites import PATIENCE, until_somebody_stands

SAID = "was here twice and was made one person"


class Twins:
    """A child who is here twice, both rows in the hands of one guardian, and an outing with one seat."""

    def __init__(self, site, sign_in) -> None:
        self.app = site.app
        with self.app.app_context():
            unit = make_unit()
            admin, parent = make_leader(unit, RoleName.ADMIN), make_user(name="Marit Holm")
            kept, gone = (make_person("Ava", "Holm", unit=unit) for _ in range(2))
            for person in (kept, gone):
                keep(Guardian(user_id=parent.id, person_id=person.id))
            gone.version = 5
            outing = make_outing(unit, total_seats=1)
            db.session.commit()
            self.unit, self.admin, self.parent = unit.id, admin.id, parent.id
            self.kept, self.gone, self.outing = kept.id, gone.id, outing.id
            self.family, self.leader = self.app.test_client(), self.app.test_client()
            sign_in(self.family, parent)
            sign_in(self.leader, admin)

    @contextmanager
    def merging(self):
        """The two are one, but for the commit, which comes when what is sent meanwhile stands before a lock."""
        locked, over = threading.Event(), threading.Event()

        def work() -> None:
            with self.app.app_context():
                self.merge()
                locked.set()
                until_somebody_stands(or_else=over.is_set)
                db.session.commit()

        with ThreadPoolExecutor(1) as pool:
            done = pool.submit(work)
            assert locked.wait(PATIENCE)
            try:
                yield
            finally:
                over.set()
                done.result(PATIENCE)

    def merge(self) -> None:
        admin, unit = db.session.get_one(User, self.admin), db.session.get_one(Unit, self.unit)
        seen = fingerprint(pair_for(admin, unit, self.kept, self.gone))
        merge(admin, unit, self.kept, self.gone, {}, seen)

    def sign_up(self, *people, **headers):
        form = {"people": [str(id) for id in people], "together": "0", "consent": "1", "submission": str(uuid.uuid4())}
        return self.family.post(f"/outings/{self.outing}/signup", data=form, headers=headers)

    def places(self):
        with self.app.app_context():
            return [tuple(row) for row in db.session.execute(select(Participant.person_id, Participant.state))]


def test_a_sign_up_behind_a_merge_is_told_so(committed_db, sign_in):
    twins = Twins(committed_db, sign_in)
    with twins.merging():
        answer = twins.sign_up(twins.gone)
    assert answer.status_code == 409
    assert SAID in answer.text
    assert f'value="{twins.kept}"' in answer.text, "the form comes back with whom it is now"
    assert twins.places() == []
    assert twins.sign_up(twins.kept).status_code == 303
    assert twins.places() == [(twins.kept, "confirmed")]


def test_a_leader_who_adds_behind_a_merge_is_told_so(committed_db, sign_in):
    twins = Twins(committed_db, sign_in)
    with twins.merging():
        answer = twins.leader.post(f"/outings/{twins.outing}/roster/add", data={"person_id": twins.gone})
    assert answer.status_code == 409
    assert SAID in answer.text
    assert twins.places() == []


def test_without_the_answer_it_is_an_error(committed_db, sign_in):
    """The control: if this is no error, the tests above prove nothing."""
    twins = Twins(committed_db, sign_in)
    event.remove(Engine, "handle_error", merged.refuse)
    try:
        with twins.merging():
            assert twins.sign_up(twins.gone).status_code == 500
    finally:
        event.listen(Engine, "handle_error", merged.refuse)


@pytest.mark.parametrize("locked", [True, False])
def test_whoever_signs_up_first_is_seen_by_the_merge(committed_db, sign_in, monkeypatch, locked):
    """A sign-up of the one who goes is committed while the merge is at work; without the look under the lock it would be lost."""
    twins = Twins(committed_db, sign_in)
    if not locked:
        monkeypatch.setattr(merging, "refuse_new", lambda *_: None)
    lock_outings = merging.lock_outings

    def lock_late(people):
        found = lock_outings(people)
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(twins.sign_up, twins.gone, twins.kept).result(PATIENCE).status_code == 303
        return found

    monkeypatch.setattr(merging, "lock_outings", lock_late)
    with twins.app.app_context():
        # Without it the merge works on an outing that it does not hold.
        with pytest.raises(Conflict if locked else KeyError):
            twins.merge()
        db.session.rollback()
    assert sorted(state for _, state in twins.places()) == ["confirmed", "waiting"]


def test_edits_behind_a_merge_are_compared_with_what_stands_there(committed_db, sign_in):
    twins = Twins(committed_db, sign_in)
    person = f"/family/people/{twins.gone}"
    typed = {"first_name": "Avi", "last_name": "Holm", "kind": "youth", "version": "5"}
    with twins.merging():
        answer = twins.family.post(person, data=typed)
    assert answer.status_code == 409
    assert 'value="Avi"' in answer.text
    assert twins.family.get(f"{person}/health").status_code == 200, "the old address leads on"
    contact = {"name": "Aunt Bo", "phone": "555-0142", "id": str(uuid.uuid4())}
    assert twins.family.post(f"{person}/contacts", data=contact).status_code == 303
    with twins.app.app_context():
        child = db.session.get_one(Person, twins.kept)
        assert ([row.name for row in child.emergency_contacts], child.first_name) == (["Aunt Bo"], "Ava")
    member = f"/units/{twins.unit}/members/{twins.gone}"
    late = twins.leader.post(member, data={"version": "", "first_name": "Avi"}, headers={"HX-Request": "true"})
    assert (late.status_code, late.headers.get("HX-Reswap")) == (409, "none")
    assert "merged into the other one" in late.headers["HX-Trigger"]
    strange = twins.app.test_client()
    with twins.app.app_context():
        sign_in(strange, keep(make_user()))
        db.session.commit()
    assert strange.get(person).status_code == 404


def test_a_roster_file_behind_a_merge_is_made_for_whom_it_is_now(committed_db, sign_in):
    twins = Twins(committed_db, sign_in)
    with twins.app.app_context():
        unit = db.session.get_one(Unit, twins.unit)
        number = select(Membership).where(Membership.person_id == twins.gone)
        db.session.scalars(number).one().member_number = "5501"
        add = make_person("Noah", "Vik", unit=unit)
        db.session.scalars(select(Membership).where(Membership.person_id == add.id)).one().member_number = "5502"
        db.session.flush()
        csv = b"First name,Last name,Youth or adult,Member number,Rank\nAva,Holm,Youth,5501,Star\nNoah,Vik,Youth,5502,Life\n"
        draft = start(db.session.get_one(User, twins.admin), unit, csv, "members.csv")
        assert go_on(draft, None, unit, patience=None)
        db.session.commit()
        draft_id, noah = draft.id, add.id
    with twins.merging(), twins.app.app_context():
        made = db.session.get_one(RosterImport, draft_id)
        assert apply(made, None, db.session.get_one(Unit, twins.unit))
        db.session.commit()
    with twins.app.app_context():
        ranks = [db.session.get_one(Person, id).rank for id in (noah, twins.kept)]
        rows = select(ImportRow.person_id).where(ImportRow.import_id == draft_id).order_by(ImportRow.number)
        assert (ranks, db.session.scalars(rows).all()) == (["Life", "Star"], [twins.kept, noah])


def test_many_at_once(committed_db, sign_in):
    """Sign-ups of both rows and the merge, at the same moment: one live place, one seat, and no error, whoever is quicker."""
    for _ in range(4):
        twins = Twins(committed_db, sign_in)
        start = threading.Barrier(2)

        def merge_now(twins=twins, start=start) -> None:
            start.wait(PATIENCE)
            with twins.app.app_context():
                try:
                    twins.merge()
                    db.session.commit()
                except Conflict:
                    db.session.rollback()

        def sign_up_now(twins=twins, start=start) -> int:
            start.wait(PATIENCE)
            return twins.sign_up(twins.gone).status_code

        with ThreadPoolExecutor(2) as pool:
            done, answer = pool.submit(merge_now), pool.submit(sign_up_now)
            done.result(PATIENCE)
            assert answer.result(PATIENCE) in (303, 404, 409)
        with twins.app.app_context():
            of_outing = select(Participant.person_id, Participant.state).where(Participant.outing_id == twins.outing)
            live = [row for row in db.session.execute(of_outing) if row.state != "cancelled"]
            assert len(live) <= 1
            assert {row.person_id for row in live} <= set(db.session.scalars(select(Person.id)))
