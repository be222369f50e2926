"""The unit's page of trainings: who has what on a day, written down and confirmed by leaders, never by oneself if another can."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from app.audit.models import AuditEntry
from app.clock import today
from app.errors import Conflict, NotAllowed, NotFound
from app.extensions import db, new_id
from app.families.models import Person, Training, TrainingClaim
from app.families.training.catalogue import course_of
from app.families.training.queries import records_of, refusals_of
from app.families.training.rules import Proof, claim
from app.families.training.standing import current_on
from app.members.models import Membership
from app.members.rules.trainings import decide_claim, take_away, write_down
from app.units.models import Role
from tests.factories import keep, make_adult, make_leader, make_person, make_unit, make_user

HTMX = {"HX-Request": "true"}


@pytest.fixture
def unit(db_session):
    return make_unit("Troop 77", time_zone="UTC")


@pytest.fixture
def leader(unit):
    return make_leader(unit)


@pytest.fixture
def desk(client, sign_in, leader):
    sign_in(client, leader)
    return client


def trained(unit, name, days, code="Y01"):
    """An adult of the unit with a training that ends so many days from today; None: no training."""
    adult = make_adult(name, "Holm", unit=unit)
    if days is not None:
        keep(Training(person_id=adult.id, code=code, name=code, expires_on=today() + timedelta(days=days)))
    return adult


def shown(client, unit, query=""):
    page = client.get(f"/units/{unit.id}/trainings{query}").text
    return [name for name in ("Ann", "Bo", "Cy", "Dee") if f'<th scope="row"><b>{name} Holm</b>' in page]


def test_adults_are_found_by_training_state_and_day(desk, unit):
    for name, days in (("Ann", 300), ("Bo", 30), ("Cy", -1), ("Dee", None)):
        trained(unit, name, days)
    make_person("Ava", "Holm", unit=unit)
    keep(Training(person_id=make_person("Ida", unit=unit).id, code="Y01", name="x"))
    assert shown(desk, unit) == ["Ann", "Bo", "Cy", "Dee"]
    for show, found in {"current": ["Ann", "Bo"], "soon": ["Bo"], "ended": ["Cy"], "missing": ["Dee"]}.items():
        assert shown(desk, unit, f"?code=Y01&show={show}") == found, show
        assert shown(desk, unit, f"?show={show}") == found, f"{show} of what everybody needs"
    later = today() + timedelta(days=31)
    assert shown(desk, unit, f"?code=Y01&show=current&on={later}") == ["Ann"]
    assert shown(desk, unit, f"?code=Y01&show=ended&on={later}") == ["Bo", "Cy"]
    page = desk.get(f"/units/{unit.id}/trainings?on={later}").text
    assert "1 of 4 adults has Safeguarding Youth Training" in page
    people = {person.id: person.first_name for person in db.session.scalars(select(Person))}
    held = {people[id]: record.held for id, record in records_of(people).items()}
    assert current_on(course_of("scouting_america", "Y01"), held, today()) == ({"Ann", "Bo"}, {"Bo"}), (
        "the page and the rule agree"
    )
    assert "Ava" not in page, "no children"
    assert shown(desk, unit, "?code=SCO_800&show=missing") == ["Ann", "Bo", "Cy", "Dee"]
    assert desk.get(f"/units/{unit.id}/trainings?on=someday&code=x&show=y&page=1").status_code == 200
    assert desk.get(f"/units/{unit.id}/trainings?page=2").status_code == 404


def test_two_thousand_members_take_as_few_statements_as_ten(desk, unit, count_statements):
    def measure():
        with count_statements() as statements:
            assert desk.get(f"/units/{unit.id}/trainings?code=Y01&show=current").status_code == 200
        return len(statements)

    trained(unit, "Ann", 9)
    few = measure()
    ids = [new_id() for _ in range(2000)]
    db.session.execute(
        insert(Person),
        [{"id": id, "first_name": f"N{n}", "last_name": "Holm", "kind": "adult"} for n, id in enumerate(ids)],
    )
    db.session.execute(insert(Membership), [{"id": id, "person_id": id, "unit_id": unit.id} for id in ids])
    db.session.execute(
        insert(Training), [{"id": id, "person_id": id, "code": "Y01", "name": "x", "expires_on": today()} for id in ids]
    )
    assert measure() == few <= 8
    assert "Page 1 of 41, 2001 in all" in desk.get(f"/units/{unit.id}/trainings").text


def test_a_leader_writes_down_and_an_older_date_never_wins_in_silence(desk, leader, unit):
    bo = trained(unit, "Bo", None)
    here = f"/units/{unit.id}/trainings/{bo.id}"
    assert 'class="edit"' in desk.get(f"{here}/edit", headers=HTMX).text
    assert desk.post(here, data={"code": "Y01"}).status_code == 422
    done = desk.post(here, data={"code": "Y01", "completed_on": f"{today() - timedelta(days=9)}"}, headers=HTMX)
    assert (done.status_code, "Bo Holm is written down" in done.headers["HX-Trigger"]) == (200, True)
    training = db.session.scalars(select(Training)).one()
    assert training.expires_on > today() + timedelta(days=300)
    until = training.expires_on
    older = {"code": "Y01", "expires_on": f"{today()}"}
    refused = desk.post(here, data=older, headers=HTMX)
    assert (refused.status_code, "A newer date stands there" in refused.text) == (409, True)
    assert training.expires_on == until
    assert desk.post(here, data=older | {"replace": "y"}).status_code == 303
    assert training.expires_on == today()
    (first, *_, last) = db.session.scalars(
        select(AuditEntry).where(AuditEntry.subject_id == bo.id).order_by(AuditEntry.id)
    )
    assert (first.action, last.changes["expires_on"]) == ("training written down", [str(until), str(today())])
    gone = desk.post(here, data={"code": "Y01", "remove": "1"}, headers=HTMX)
    assert f'"expires_on": "{today()}"' in gone.headers["HX-Trigger"], "a toast brings it back"
    assert db.session.scalars(select(Training)).all() == []
    assert take_away(leader, unit, bo.id, "Y01") is None


def test_a_claim_counts_once_another_leader_confirms_it(unit, leader, desk):
    user = make_user()
    bo = make_adult("Bo", "Holm", unit=unit, user_id=user.id)
    found, _ = claim(user, bo.id, Proof("Y01", completed_on=today()))
    db.session.commit()
    assert "Bo Holm</b> says they have Safeguarding Youth Training" in desk.get(f"/units/{unit.id}/trainings").text
    for page in ("members", "trainings", "patrols", "invitations"):
        tab = '<span>Trainings (1<span class="vh"> to look at</span>)</span></a>'
        assert tab in desk.get(f"/units/{unit.id}/{page}").text, page
    assert shown(desk, unit, "?code=Y01&show=current") == []
    here = f"/units/{unit.id}/trainings/claims/{found.id}"
    assert desk.post(here, data={"refuse": "1"}).status_code == 422, "why not?"
    fragment = desk.post(
        here, data={"confirm": "1"}, headers=HTMX | {"HX-Current-URL": "http://x/?code=Y01&show=current"}
    )
    assert '<th scope="row"><b>Bo Holm</b>' in fragment.text
    assert shown(desk, unit, "?code=Y01&show=current") == ["Bo"]
    assert (found.state, found.decided_by_id) == ("confirmed", leader.id)
    assert desk.post(here, data={"confirm": "1"}).status_code == 409, "decided already"
    late, _ = claim(user, bo.id, Proof("SCO_800", completed_on=today()))
    decide_claim(leader, unit, late.id, confirmed=False, reply="That is another course.")
    assert (late.state, late.reply, db.session.query(Training).count()) == ("refused", "That is another course.", 1)
    assert [(said.name, said.reply) for said in refusals_of(bo.id)] == [
        ("Hazardous Weather Training", "That is another course.")
    ]
    # What a file brought meanwhile holds longer: the claim does not shorten it.
    third, _ = claim(user, bo.id, Proof("SSD", completed_on=today()))
    keep(Training(person_id=bo.id, code="SSD", name="x", expires_on=today() + timedelta(days=3000)))
    with pytest.raises(Conflict, match="A newer date"):
        decide_claim(leader, unit, third.id, confirmed=True, reply="")
    with pytest.raises(NotFound):
        decide_claim(make_leader(other := make_unit()), other, third.id, confirmed=True, reply="")
    with pytest.raises(NotAllowed):
        decide_claim(user, unit, third.id, confirmed=True, reply="")


def test_no_other_days_are_confirmed_than_those_that_the_leader_saw(unit, desk):
    user = make_user()
    bo = make_adult("Bo", "Holm", unit=unit, user_id=user.id)
    found, _ = claim(user, bo.id, Proof("Y01", completed_on=today() - timedelta(days=300)))
    db.session.commit()
    here = f"/units/{unit.id}/trainings"

    def confirm(page):
        return desk.post(
            f"{here}/claims/{found.id}",
            data={"confirm": "1", "seen": re.search(r'name="seen" value="([^"]*)"', page)[1]},
        )

    page = desk.get(here).text
    claim(user, bo.id, Proof("Y01", completed_on=today()))
    db.session.commit()
    refused = confirm(page)
    assert (refused.status_code, "Other days are claimed by now" in refused.text) == (409, True)
    assert db.session.scalars(select(Training)).all() == []
    assert confirm(desk.get(here).text).status_code == 303
    assert db.session.scalars(select(Training.completed_on)).all() == [today()]


def test_nobody_confirms_their_own_while_another_leads(unit, leader, desk):
    own = make_adult("Dana", "Holm", unit=unit, user_id=leader.id)
    other = make_leader(unit)
    found, _ = claim(leader, own.id, Proof("Y01", completed_on=today()))
    db.session.commit()
    for forbidden in (
        lambda: decide_claim(leader, unit, found.id, confirmed=True, reply=""),
        lambda: write_down(leader, unit, own.id, Proof("Y01", completed_on=today())),
    ):
        with pytest.raises(NotAllowed, match="Another leader"):
            forbidden()
    page = desk.get(f"/units/{unit.id}/trainings").text
    assert "Another leader decides." in page
    assert "Claim yours" in page
    # Whoever is the only leader has nobody to ask; the log says whose it was.
    db.session.query(Role).filter_by(user_id=other.id).delete()
    decide_claim(leader, unit, found.id, confirmed=True, reply="")
    assert db.session.scalar(select(TrainingClaim.state)) == "confirmed"
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "training claim confirmed")).one()
    assert (entry.actor_id, entry.subject_id) == (leader.id, own.id)
