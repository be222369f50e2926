"""Who may open the workbench: every address of it, by everybody who is not supposed to."""

import pytest

from app.outings.models import OutingState
from app.units.models import RoleName
from tests.factories import make_family, make_lead, make_leader, make_outing, make_unit, make_user
from tests.roster.helpers import HTMX, put_on, url, youth


@pytest.fixture
def row(troop):
    return put_on(troop.outing, youth(troop.unit, "Ben"))


def addresses(outing, row):
    here = url(outing)
    return [
        ("GET", here),
        ("GET", f"{here}.csv"),
        ("GET", f"{here}/add"),
        ("POST", f"{here}/add"),
        ("GET", url(outing, row)),
        ("GET", url(outing, row, "/edit")),
        ("GET", url(outing, row, "/health")),
        ("POST", url(outing, row)),
        ("POST", url(outing, row, "/undo")),
        ("POST", url(outing, row, "/place")),
    ]


def statuses(client, outing, row, headers=None):
    return {client.open(path, method=method, headers=headers).status_code for method, path in addresses(outing, row)}


@pytest.mark.parametrize("headers", [None, HTMX])
def test_a_parent_who_may_see_the_outing_may_not_open_it(troop, row, signed_in, headers):
    assert statuses(signed_in(make_family(troop.unit)), troop.outing, row, headers) == {403}


def test_a_strangers_answer_is_that_of_an_outing_that_is_not_there(troop, row, signed_in):
    for user in (
        make_user(),
        make_family(make_unit()),
        make_leader(make_unit()),
        make_leader(make_unit(), RoleName.ADMIN),
    ):
        assert statuses(signed_in(user), troop.outing, row) == {404}


def test_a_leader_of_an_invited_unit_may_read_the_outing_but_not_its_roster(troop, row, signed_in, db_session):
    from app.outings.models import OutingUnit

    guests = make_unit()
    db_session.add(OutingUnit(outing_id=troop.outing.id, unit_id=guests.id))
    db_session.flush()
    assert statuses(signed_in(make_leader(guests)), troop.outing, row) == {403}


def test_nobody_is_sent_to_sign_in(troop, row, client):
    answer = client.get(url(troop.outing))
    assert answer.status_code in (302, 303)
    assert "/login" in answer.headers["Location"]
    assert client.post(url(troop.outing, row), data={"cancel": 1}).status_code in (302, 303)
    assert row.state == "confirmed"


def test_leaders_admins_and_site_admins_may(troop, row, signed_in):
    for user in (troop.leader, make_leader(troop.unit, RoleName.ADMIN), make_user(is_site_admin=True)):
        browser = signed_in(user)
        paths = [path for method, path in addresses(troop.outing, row) if method == "GET"]
        answers = {path: browser.get(path).status_code for path in paths}
        # Health notes are for whoever leads this outing; rank opens nothing.
        assert answers.pop(url(troop.outing, row, "/health")) == (200 if user is troop.leader else 403)
        assert set(answers.values()) == {200}


def test_a_row_of_another_outing_is_not_there(troop, row, desk):
    other = make_outing(troop.unit)
    make_lead(troop.leader, other)
    assert desk.get(url(other, row)).status_code == 404
    assert desk.get(url(other, row, "/edit")).status_code == 404
    assert desk.get(url(other, row, "/health")).status_code == 404
    assert desk.post(url(other, row), data={"cancel": 1}).status_code == 404
    assert row.state == "confirmed"


def test_a_draft_is_open_to_its_leaders_alone(troop, row, desk, signed_in):
    troop.outing.state = OutingState.DRAFT
    assert desk.get(url(troop.outing)).status_code == 200
    assert signed_in(make_family(troop.unit)).get(url(troop.outing)).status_code == 404
