"""An outing that is cancelled, and comes back."""

import pytest
from sqlalchemy import select

from app.extensions import db
from app.signups.models import Participant
from tests.factories import make_person
from tests.outings.editing.helpers import save, set_state, trail
from tests.outings.helpers import strangers, take_part


def test_cancelled_keeps_its_people_and_comes_back(client, leader, outing):
    strangers(outing, 4)
    set_state(client, outing, "cancelled")
    assert outing.state == "cancelled"
    page = client.get(f"/outings/{outing.id}").text
    assert "Everybody stays on the list." in page
    assert f'action="/outings/{outing.id}/state"' in page
    assert '<input type="hidden" name="state" value="published"><input type="hidden" name="version" value="2">' in page
    set_state(client, outing, "published")
    assert "4 of 4 places taken" in client.get(f"/outings/{outing.id}").text
    assert [entry.action for entry in trail(outing)] == ["set the outing to cancelled", "set the outing to published"]


def test_a_line_is_worked_off_when_a_cancelled_outing_comes_back(client, leader, outing):
    outing.state = "cancelled"
    take_part(outing, None, make_person("Theo", "Tanaka"), place=1)
    set_state(client, outing, "published")
    assert "Theo Tanaka moved up from the waiting list." in client.get(f"/outings/{outing.id}").text


def test_an_overbooked_outing_can_be_cancelled(client, leader, outing):
    strangers(outing, 6)
    assert set_state(client, outing, "cancelled").status_code == 303
    assert outing.state == "cancelled"


@pytest.mark.parametrize(("reasons", "status"), [(2, 303), (1, 422)])
def test_it_comes_back_with_those_whom_a_leader_confirmed_over_the_limit(client, leader, outing, reasons, status):
    strangers(outing, 6)
    for row in db.session.scalars(select(Participant).limit(reasons)):
        row.overbook_reason = "Sleeps in the van"
    set_state(client, outing, "cancelled")
    answer = set_state(client, outing, "published")
    assert answer.status_code == status
    assert ("1 more person is confirmed than there would be seats" in answer.text) == (status == 422)


@pytest.mark.parametrize("state", ["done", "x", ""])
def test_an_unknown_state_is_refused(client, leader, outing, state):
    assert set_state(client, outing, state).status_code == 422
    assert outing.state == "published"


def test_the_button_of_an_old_page_changes_nothing(client, leader, outing):
    save(client, outing, place="Elsewhere")
    assert set_state(client, outing, "cancelled", version=1).status_code == 409
    assert outing.state == "published"


def test_the_same_button_twice_is_once(client, leader, outing):
    for _ in range(2):
        assert set_state(client, outing, "cancelled", version=1).status_code == 303
    assert outing.version == 2
