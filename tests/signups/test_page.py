"""The family's page over HTTP: what it shows, what it keeps, what it answers."""

import re
import uuid
from datetime import timedelta

from sqlalchemy import select

from app.audit.models import AuditEntry
from app.clock import now
from app.extensions import db
from app.families.health.answers import Answers
from app.families.health.models import HealthNote
from app.families.models import Guardian
from app.signups.models import Participant
from tests.factories import make_family, make_health, make_outing, make_person, make_unit
from tests.signups.helpers import children_of, family_of, form, sign_up, states


def test_everybody_of_the_family_is_on_the_page_with_the_reason_why_not(browser, family, unit):
    make_person("Ella", guardian=family)
    page = browser.get(f"/outings/{make_outing(unit, total_seats=5).id}/signup").text
    assert "Ava Lindqvist" in page
    assert "Marit Lindqvist (you)" in page
    assert f"is for members of {unit.name}." in page
    assert page.count("place free") == 3


def test_who_would_wait_is_told_before_signing_up(browser, family, unit):
    outing = make_outing(unit, youth_seats=1)
    other = make_family(unit, 1, last_name="Okafor")
    sign_up(other, outing, children_of(other))
    page = browser.get(f"/outings/{outing.id}/signup").text
    assert (page.count("would wait"), page.count("place free")) == (2, 1), "both children, not the parent"


def test_what_closes_it_for_everybody_is_said_once(browser, family, unit):
    outing = make_outing(unit, closes_at=now() - timedelta(days=1))
    address = f"/outings/{outing.id}/signup"
    page = browser.get(address).text
    assert page.count("Sign-up closed") == 1
    assert '<button class="btn"' not in page.partition('id="party"')[2]
    outing.closes_at = None
    sign_up(family, outing, children_of(family)[:1])
    outing.closes_at = now() - timedelta(days=1)
    db.session.flush()
    page = browser.get(address).text
    assert page.count("Sign-up closed") == 1
    assert page.count(">closed<") == 2  # the other child and the parent
    assert "Save changes" in page


def test_a_plain_form_is_answered_by_a_redirect_that_tells_what_happened(browser, family, unit):
    outing = make_outing(unit, total_seats=1)
    answer = browser.post(f"/outings/{outing.id}/signup", data=form(children_of(family), together="0"))
    assert answer.status_code == 303
    page = browser.get(answer.location).text
    assert "Ava is in. Noah waits for a place." in page
    assert "waiting, 1st in line" in page


def test_htmx_gets_the_party_alone(browser, family, unit):
    outing = make_outing(unit)
    answer = browser.post(
        f"/outings/{outing.id}/signup", data=form(children_of(family)), headers={"HX-Request": "true"}
    )
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert "Ava and Noah are in." in answer.text
    assert "HX-Request" in answer.headers["Vary"]


def test_cancelling_by_the_same_page(browser, family, unit):
    outing = make_outing(unit)
    ava, noah = children_of(family)
    sign_up(family, outing, [ava, noah])
    answer = browser.post(f"/outings/{outing.id}/signup", data=form([ava], seen=f"{ava.id} {noah.id}"))
    assert "Noah is no longer coming." in browser.get(answer.location).text


def test_a_refused_form_keeps_every_tick_and_number(browser, family, unit):
    outing = make_outing(unit, counts_cars=True)
    ava, _ = children_of(family)
    parent = next(person for person in family_of(family) if person.user_id == family.id)
    sent = form([ava, parent], together="0") | {f"there-{parent.id}": "three", f"back-{parent.id}": "2"}
    answer = browser.post(f"/outings/{outing.id}/signup", data=sent)
    assert answer.status_code == 422
    assert "<title>Error: " in answer.text
    assert "There is a problem" in answer.text
    assert f'href="#there-{parent.id}"' in answer.text
    assert f'aria-describedby="there-{parent.id}-error"' in answer.text
    assert f'id="there-{parent.id}-error"' in answer.text
    assert f'"back-{parent.id}-error"' not in answer.text
    assert 'value="three"' in answer.text
    assert f'value="{ava.id}" checked' in answer.text
    assert 'id="apart" name="together" value="0" checked' in answer.text
    assert 'name="consent" value="1" checked' in answer.text
    assert states(outing) == {}


def test_without_permission_the_form_says_so_beside_the_box(browser, family, unit):
    outing = make_outing(unit)
    answer = browser.post(f"/outings/{outing.id}/signup", data=form(children_of(family), consent=""))
    assert answer.status_code == 422
    assert 'href="#consent"' in answer.text
    assert answer.text.count("Tick that you give permission") == 2


def test_tampered_fields_are_refused_in_a_sentence(browser, unit):
    address = f"/outings/{make_outing(unit).id}/signup"
    assert browser.post(address, data={"people": "nobody", "submission": str(uuid.uuid4())}).status_code == 422
    assert browser.post(address, data={"submission": "x"}).status_code == 422
    assert browser.post(address, data={}).status_code == 422


def test_a_stranger_on_the_form_is_not_found(browser, unit):
    stranger = make_person(unit=unit)
    outing = make_outing(unit)
    assert browser.post(f"/outings/{outing.id}/signup", data=form([stranger])).status_code == 404
    assert db.session.scalars(select(Participant)).all() == []


def test_the_family_of_the_last_outing_is_ticked_again(browser, family, unit):
    ava, noah = children_of(family)
    sign_up(family, make_outing(unit), [ava])
    page = browser.get(f"/outings/{make_outing(unit).id}/signup").text
    assert f'value="{ava.id}" checked' in page
    assert f'value="{noah.id}" checked' not in page


def test_who_can_no_longer_cancel_stays_in_when_the_form_is_sent(browser, family, unit):
    outing = make_outing(unit)
    ava, noah = children_of(family)
    sign_up(family, outing, [ava])
    outing.cancel_by = outing.created_at
    db.session.flush()
    page = browser.get(f"/outings/{outing.id}/signup").text
    assert f'<input type="hidden" name="people" value="{ava.id}">' in page
    assert browser.post(f"/outings/{outing.id}/signup", data=form([ava, noah], seen=str(ava.id))).status_code == 303
    assert set(states(outing).values()) == {"confirmed"}


def test_a_guest_unit_stays_while_its_families_are_on_the_outing(browser, family, unit, sign_in, app):
    from app.outings.models import OutingUnit
    from tests.factories import make_leader

    host = make_unit("Troop of the host")
    outing = make_outing(host)
    db.session.add(OutingUnit(outing_id=outing.id, unit_id=unit.id))
    db.session.flush()
    sign_up(family, outing, children_of(family))
    leader = app.test_client()
    sign_in(leader, make_leader(host))
    typed = leader.get(f"/outings/{outing.id}/edit").text
    start = outing.starts_at
    answer = leader.post(
        f"/outings/{outing.id}/edit",
        data={
            "version": "1",
            "title": outing.title,
            "unit_id": str(host.id),
            "open_to": "",
            "starts_at": f"{start:%Y-%m-%d}",
            "starts_at_time": "9:00",
            "ends_at": f"{start:%Y-%m-%d}",
            "ends_at_time": "15:00",
            "state": "published",
            "waiting_rule": "whoever_fits",
        },
    )
    assert unit.name in typed
    assert answer.status_code == 422
    assert f"Families of {unit.name} have signed up" in answer.text
    assert browser.get(f"/outings/{outing.id}/signup").status_code == 200


def test_old_answers_about_health_are_asked_for_and_one_tick_says_that_nothing_has_changed(browser, family, unit):
    outing = make_outing(unit)
    ava, noah = children_of(family)
    me = next(person for person in family_of(family) if person not in (ava, noah))
    long_ago = now() - timedelta(days=184)
    make_health(ava, Answers(conditions="asthma"), confirmed_at=long_ago, updated_at=long_ago)
    make_health(noah, Answers(conditions="asthma"), confirmed_at=now() - timedelta(days=182))
    address = f"/outings/{outing.id}/signup"
    page = browser.get(address).text
    assert "Nothing has changed for Ava since" in page
    assert "Nothing has changed for Noah" not in page, "he was asked within half a year"
    assert f"/family/people/{me.id}/health?next=/outings/" in page, "nobody has answered for the parent yet"
    assert "asthma" not in page
    # A refused form keeps the tick and remembers nothing; leaving it empty refuses nobody.
    refused = browser.post(address, data=form([ava], consent="", unchanged=str(ava.id)))
    assert refused.status_code == 422
    assert f'name="unchanged" value="{ava.id}" checked' in refused.text
    assert db.session.get(HealthNote, ava.id).confirmed_at == long_ago
    sent = form([ava, noah], unchanged=str(ava.id))
    for _ in range(2):
        assert browser.post(address, data=sent).status_code == 303
    db.session.expire_all()
    assert db.session.get(HealthNote, ava.id).confirmed_at.date() == now().date()
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.subject_id == ava.id)).all()
    assert [entry.action for entry in entries].count("said that nothing has changed about health") == 1
    assert "Nothing has changed" not in browser.get(address).text
    stranger = make_person("Wanda", unit=unit)
    assert browser.post(address, data=form([ava], unchanged=str(stranger.id))).status_code == 404


def test_whose_health_is_another_guardians_is_not_asked_about(browser, family, unit):
    ava = children_of(family)[0]
    make_health(ava, Answers(conditions="asthma"), confirmed_at=now() - timedelta(days=400))
    db.session.get(Guardian, (family.id, ava.id)).may_see_health = False
    assert "Ava since" not in browser.get(f"/outings/{make_outing(unit).id}/signup").text


def test_a_page_that_was_opened_before_takes_no_ride_back(browser, family, unit):
    outing = make_outing(unit, counts_cars=True)
    parent, child = family_of(family)[-1], children_of(family)[0]
    sign_up(family, outing, [parent])
    address = f"/outings/{outing.id}/signup"
    shown = dict(re.findall(r'name="((?:there|back|had)-[^"]+)" value="([^"]*)"', browser.get(address).text))
    sign_up(family, outing, [parent], drivers={parent.id: (4, 3)})
    sent = form([parent, child], seen=str(parent.id), **shown)
    assert browser.post(address, data=sent).status_code == 303
    assert set(states(outing).values()) == {"confirmed"}
    row = db.session.scalars(select(Participant).where(Participant.person_id == parent.id)).one()
    assert (row.passengers_there, row.passengers_back) == (4, 3)
    shown = dict(re.findall(r'name="((?:there|back|had)-[^"]+)" value="([^"]*)"', browser.get(address).text))
    browser.post(address, data=form([parent, child], seen=str(parent.id), **shown | {f"back-{parent.id}": ""}))
    db.session.refresh(row)
    assert (row.passengers_there, row.passengers_back) == (4, None)
