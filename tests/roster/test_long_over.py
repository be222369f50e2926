"""Days after an outing nobody need be called any more: its roster says who was there, and no longer how to reach a family of today."""

from datetime import timedelta

import pytest

from app.clock import now, today
from app.errors import RuleBroken
from app.extensions import db
from app.families.models import Collector, EmergencyContact, PhotoConsent
from app.members.models import Membership
from app.outings.models import OutingState
from app.outings.plan import Plan
from app.outings.rules import edit_outing
from tests.factories import keep, make_adult, make_health, make_user
from tests.roster.helpers import HTMX, put_on, text_of, url, youth

TOLD = ("555-0177", "555-0188", "Aunt Liv", "Uncle Per", "auto-injector", "Marit Holm")


@pytest.fixture
def ben(troop):
    """Was along with the troop, and has left it since: what his family says now it says to another unit."""
    parent = make_user(name="Marit Holm")
    make_adult("Marit", "Holm", user_id=parent.id, phone="555-0177")
    ben = youth(troop.unit, "Ben", guardian=parent, photo_consent=PhotoConsent.NONE, photo_consent_at=now())
    keep(EmergencyContact(person_id=ben.id, name="Aunt Liv", phone="555-0188"))
    keep(Collector(person_id=ben.id, name="Uncle Per", may_collect=True))
    make_health(ben, carried=("auto_injector",))
    place = db.session.query(Membership).filter_by(person_id=ben.id).one()
    place.until = today(troop.unit.time_zone)
    return ben


@pytest.fixture
def row(troop, ben):
    return put_on(troop.outing, ben)


@pytest.fixture
def seen(desk, troop, row):
    """``seen(days)``: all that the leader reads so many days after the end, and what of it tells of the family."""

    def seen(days):
        troop.outing.starts_at, troop.outing.ends_at = (now() - timedelta(days=days, hours=hours) for hours in (6, 0))
        db.session.flush()
        row_alone = desk.get(url(troop.outing, row), headers=HTMX)
        pages = desk.get(url(troop.outing)), desk.get(url(troop.outing, row)), row_alone
        said = " ".join([*map(text_of, pages), desk.get(url(troop.outing, end=".csv")).text])
        return said, [word for word in TOLD if word in said]

    return seen


def test_while_somebody_may_have_to_be_called_all_of_it_is_there(seen):
    assert seen(6)[1] == list(TOLD)


def test_later_only_that_they_were_there(seen):
    said, told = seen(8)
    assert told == []
    assert "Ben Okafor" in said
    assert "This outing is over" in said
    assert "no photos" in said, "what holds for pictures of that day is to be read as long as they are"


def test_a_row_that_a_leader_wrote_on_tells_no_more(seen, row):
    row.note = "brings a drum"
    assert seen(8)[1] == []
    assert "brings a drum" in seen(8)[0]


def test_a_cancelled_outing_is_called_off_by_phone(seen, troop):
    troop.outing.state = OutingState.CANCELLED
    assert "555-0177" in seen(-1)[1]


@pytest.mark.parametrize(("days", "kept", "opens"), [(1, 7, True), (8, 7, False), (2, 1, False), (8, 30, True)])
def test_its_end_is_not_moved_to_open_it_again(troop, row, days, kept, opens):
    outing, kept = troop.outing, timedelta(days=kept)
    outing.starts_at, outing.ends_at = (now() - timedelta(days=days, hours=hours) for hours in (6, 0))
    db.session.flush()
    later = {"ends_at": now() + timedelta(days=1)}
    wanted = Plan(**{name: getattr(outing, name) for name in Plan.__dataclass_fields__ if name != "open_to"} | later)
    if opens:
        assert "ends_at" in edit_outing(troop.leader, outing.id, outing.version, wanted, kept).changes
    else:
        with pytest.raises(RuleBroken, match="plan another one"):
            edit_outing(troop.leader, outing.id, outing.version, wanted, kept)
