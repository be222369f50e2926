"""Planning an outing."""

import threading
import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from app.audit.models import AuditEntry
from app.clock import now
from app.extensions import db
from app.outings.models import Outing
from app.outings.queries import guest_unit_names
from tests.factories import make_family, make_leader, make_outing, make_unit, make_user
from tests.outings.helpers import moment, shown, typed


def outings():
    return db.session.scalars(select(Outing)).all()


def test_everything_that_was_typed_is_kept_in_the_units_zone(client, leader, unit):
    make_unit("Pack 12")
    page = client.post(
        "/outings/new",
        data=typed(
            unit.id,
            title="  Winter   camp ",
            place="Elk Ridge",
            summary="First\r\nsecond ",
            starts_at="12/5/2026",
            starts_at_time="9:00",
            ends_at="6 Dec 2026",
            ends_at_time="11:30 am",
            youth_seats="24",
            adult_seats="",
            total_seats="30",
            counts_cars="y",
            youth_cost="$25",
            adult_cost="7.50",
            opens_at="2026-11-01",
            closes_at="2026-12-03",
            cancel_by="2026-12-04",
            cancel_by_time="20:00",
            waiting_rule="in_order",
            open_to=" pack 12 \n\nTroop 77\n",
        ),
    )
    (outing,) = outings()
    assert page.headers["Location"] == f"/outings/{outing.id}"
    assert (outing.title, outing.place, outing.summary) == ("Winter camp", "Elk Ridge", "First\nsecond")
    assert (outing.starts_at, outing.ends_at) == (moment("2026-12-05 15:00"), moment("2026-12-06 17:30"))
    assert (outing.youth_seats, outing.adult_seats, outing.total_seats, outing.counts_cars) == (24, None, 30, True)
    assert (outing.youth_cost, outing.adult_cost) == (Decimal(25), Decimal("7.50"))
    # Without a time a sign-up opens with its day and closes at its end.
    assert (outing.opens_at, outing.closes_at) == (moment("2026-11-01 05:00"), moment("2026-12-04 05:59"))
    assert outing.cancel_by == moment("2026-12-05 02:00")
    assert (outing.waiting_rule, outing.state, outing.created_by_id) == ("in_order", "published", leader.id)
    assert guest_unit_names(outing.id) == ["Pack 12"]


def test_in_the_night_in_which_the_clocks_go_back_nobody_loses_an_hour(client, leader, unit):
    """1:30 comes twice: what opens and begins does so at the first, what ends and closes at the second."""
    night = {f"{name}_time": "1:30" for name in ("starts_at", "ends_at", "opens_at", "closes_at", "cancel_by")}
    days = {name.removesuffix("_time"): "2026-11-01" for name in night}
    began, planned = typed(unit.id, **night | days | {"opens_at": ""} | {"opens_at_time": ""}), typed(unit.id)
    for form in (began, planned | {"opens_at": "2026-11-01", "opens_at_time": "1:30"}):
        assert client.post("/outings/new", data=form).status_code == 303
    outing, later = sorted(outings(), key=lambda outing: outing.starts_at)
    first, second = moment("2026-11-01 06:30"), moment("2026-11-01 07:30")
    assert (outing.starts_at, outing.ends_at, outing.closes_at, outing.cancel_by) == (first, second, second, second)
    assert later.opens_at == first


def test_a_deadline_without_a_time_on_the_last_day_is_the_end_of_the_outing(client, leader, unit):
    form = typed(unit.id)
    answer = client.post("/outings/new", data=form | {"closes_at": form["ends_at"], "cancel_by": form["ends_at"]})
    assert answer.status_code == 303
    (outing,) = outings()
    assert outing.closes_at == outing.cancel_by == outing.ends_at


def test_it_is_a_draft_without_limits_unless_something_else_is_said(client, leader, unit):
    wanted = typed(unit.id)
    del wanted["state"], wanted["waiting_rule"]
    client.post("/outings/new", data=wanted)
    (outing,) = outings()
    assert (outing.state, outing.waiting_rule) == ("draft", "whoever_fits")
    assert (outing.youth_seats, outing.adult_seats, outing.total_seats, outing.youth_cost) == (None, None, None, 0)
    assert "Publish it when families may see it." in client.get(f"/outings/{outing.id}").text


def test_the_trail_tells_who_planned_what(client, leader, unit):
    client.post("/outings/new", data=typed(unit.id, total_seats="30"))
    (outing,) = outings()
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.subject_id == outing.id)).one()
    assert (entry.actor_id, entry.action, entry.unit_id) == (leader.id, "planned the outing", unit.id)
    assert entry.changes["total_seats"] == [None, 30]


BAD = [
    ({"title": " "}, "title", "Enter a name for the outing."),
    ({"title": "x" * 121}, "title", "Use at most 120 characters for the name."),
    ({"place": "x" * 201}, "place", "Use at most 200 characters for the place."),
    ({"summary": "x" * 5001}, "summary", "Use at most 5,000 characters."),
    ({"starts_at": ""}, "starts_at", "Enter the day it starts."),
    ({"starts_at_time": " "}, "starts_at_time", "Enter the time it starts."),
    ({"starts_at": "31/31/2026"}, "starts_at", "Enter a date such as"),
    ({"starts_at_time": "25:00"}, "starts_at_time", "Enter a time such as"),
    ({"starts_at": "0001-01-01"}, "starts_at", "Enter a date such as"),
    ({"starts_at": "1950-01-01"}, "starts_at", "Enter a year between 2000 and 2100."),
    ({"ends_at": "2026-12-04"}, "ends_at", "The outing must end after it starts."),
    ({"ends_at": "2026-12-05", "ends_at_time": "9:00"}, "ends_at", "The outing must end after it starts."),
    ({"ends_at": "2027-12-05"}, "ends_at", "That is more than 60 days. Check the year."),
    (
        {"starts_at": "2027-03-14", "starts_at_time": "2:30", "ends_at": "2027-03-15"},
        "starts_at",
        "02:30 does not exist",
    ),
    ({"youth_seats": "-1"}, "youth_seats", "Enter a whole number such as 24"),
    ({"adult_seats": "4.5"}, "adult_seats", "Enter a whole number such as 24"),
    ({"total_seats": "many"}, "total_seats", "Enter a whole number such as 24"),
    ({"total_seats": "٣"}, "total_seats", "Enter a whole number such as 24"),
    ({"total_seats": "10001"}, "total_seats", "Enter a number from 0 to 10,000."),
    ({"total_seats": "99999999999999999999"}, "total_seats", "Enter a whole number such as 24"),
    ({"youth_cost": "-5"}, "youth_cost", "Enter an amount such as 25 or 7.50."),
    ({"adult_cost": "999999.99"}, "adult_cost", "Enter an amount such as 25 or 7.50."),
    ({"adult_cost": "1.005"}, "adult_cost", "Enter an amount such as 25 or 7.50."),
    ({"opens_at": "2026-12-02", "closes_at": "2026-12-01"}, "closes_at", "Sign-up must close after it opens."),
    ({"closes_at": "2026-12-07"}, "closes_at", "Sign-up cannot close after the outing is over."),
    ({"cancel_by": "2026-12-07"}, "cancel_by", "People cannot cancel after the outing is over."),
    ({"opens_at": "2026-12-05", "opens_at_time": "9:00"}, "opens_at", "Sign-up must open before the outing starts."),
    ({"closes_at_time": "9:00"}, "closes_at", "Enter the day as well as the time."),
    ({"state": "done"}, "state", "Choose draft, published or cancelled."),
    ({"state": "x"}, "state", "Choose draft, published or cancelled."),
    ({"waiting_rule": "x"}, "waiting_rule", "Choose who moves up."),
    ({"unit_id": ""}, "unit_id", "Choose one of the units that you lead."),
    ({"unit_id": str(uuid.uuid4())}, "unit_id", "Choose one of the units that you lead."),
    ({"open_to": "Pakc 12"}, "open_to", "There is no unit called Pakc 12 here."),
]


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"), BAD, ids=[f"{field}-{n}" for n, (_, field, _) in enumerate(BAD)]
)
def test_bad_input_keeps_what_was_typed_and_says_what_is_wrong(client, leader, unit, wrong, field, sentence):
    weekend = {"starts_at": "2026-12-05", "ends_at": "2026-12-06", "place": "A place that is kept"}
    page = client.post("/outings/new", data=typed(unit.id, **(weekend | wrong)))
    assert page.status_code == 422
    assert "There is a problem" in page.text
    assert page.text.count("<title>Error: ") == 1
    assert f'<a href="#{field}">{sentence}'.replace("'", "&#39;") in page.text
    if "place" not in wrong:
        assert "A place that is kept" in page.text
    for value in wrong.values():
        assert (
            not value.strip() or len(value) > 100 or value in page.text or field in ("unit_id", "state", "waiting_rule")
        )
    assert outings() == []


def test_an_unknown_unit_is_met_with_the_one_that_sounds_alike(client, leader, unit):
    make_unit("Pack 12")
    page = client.post("/outings/new", data=typed(unit.id, open_to="Pack 21"))
    assert "There is no unit called Pack 21 here. Did you mean Pack 12?" in page.text


def test_the_form_sent_twice_makes_one_outing(client, leader, unit):
    wanted = typed(unit.id)
    first, second = (
        client.post("/outings/new", data=wanted),
        client.post("/outings/new", data=wanted | {"title": "Other"}),
    )
    (outing,) = outings()
    assert first.headers["Location"] == second.headers["Location"] == f"/outings/{wanted['key']}"
    assert (str(outing.id), outing.title) == (wanted["key"], "Winter camp")
    assert "was saved already" in client.get(f"/outings/{outing.id}").text


def test_five_times_at_the_same_moment_too(committed_db, sign_in):
    app = committed_db.app
    with app.app_context():
        unit = make_unit()
        leader = make_leader(unit)
        db.session.commit()
        wanted = typed(unit.id, open_to="", total_seats="8")
        browsers = [app.test_client() for _ in range(5)]
        for browser in browsers:
            sign_in(browser, leader)
    answers = []
    start = threading.Barrier(5)

    def send(browser):
        start.wait()
        answers.append(browser.post("/outings/new", data=wanted).headers.get("Location"))

    threads = [threading.Thread(target=send, args=(browser,)) for browser in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [f"/outings/{wanted['key']}"] * 5
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Outing)) == 1
        assert db.session.scalar(select(func.count()).select_from(AuditEntry)) == 1


def test_somebody_elses_key_opens_nothing(client, leader, unit):
    theirs = make_outing(make_unit(), title="Theirs", created_by_id=make_user().id)
    page = client.post("/outings/new", data=typed(unit.id, key=str(theirs.id)))
    assert page.status_code == 409
    assert "This form was used already." in page.text
    assert "Theirs" not in page.text


def test_a_form_without_a_readable_key_still_works(client, leader, unit):
    assert client.post("/outings/new", data=typed(unit.id, key="x")).status_code == 303
    assert len(outings()) == 1


def test_a_fresh_form_has_a_fresh_key(client, leader):
    keys = {client.get("/outings/new").text.split('name="key"')[1].split('value="')[1].split('"')[0] for _ in range(2)}
    assert len(keys) == 2


def test_parents_plan_nothing(client, unit, sign_in):
    sign_in(client, make_family(unit))
    assert client.get("/outings/new").status_code == 403
    assert client.post("/outings/new", data=typed(unit.id)).status_code == 403
    assert outings() == []


def test_only_ones_own_units_can_be_chosen(client, leader, unit):
    other = make_unit("Troop 5")
    assert "Troop 5" not in client.get("/outings/new").text
    assert client.post("/outings/new", data=typed(other.id)).status_code == 422
    assert outings() == []


def test_a_site_admin_plans_for_every_unit(client, unit, sign_in):
    sign_in(client, make_user(is_site_admin=True))
    assert client.post("/outings/new", data=typed(unit.id)).status_code == 303


def test_the_same_wall_clock_in_another_zone_is_another_moment(client, leader, sign_in):
    unit = make_unit(time_zone="Pacific/Auckland")
    sign_in(client, make_leader(unit))
    client.post("/outings/new", data=typed(unit.id, starts_at="2026-12-05", ends_at="2026-12-06"))
    (outing,) = outings()
    assert outing.starts_at == moment("2026-12-04 20:00")


def test_an_outing_that_is_over_may_be_entered_for_the_record(client, leader, unit):
    day = (now() - timedelta(days=90)).date().isoformat()
    client.post("/outings/new", data=typed(unit.id, starts_at=day, ends_at=day, ends_at_time="17:00"))
    assert len(outings()) == 1


def test_the_form_says_what_it_asks_for(client, leader, count_statements):
    with count_statements() as statements:
        page = client.get("/outings/new")
    assert len(statements) <= 8
    assert "Cancelled: it does not take place" not in page.text
    assert "Why more people come" not in shown(page)
