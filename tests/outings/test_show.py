"""The page of one outing."""

import uuid
from datetime import timedelta

import pytest

from app.clock import frozen, now
from app.outings.models import OutingUnit
from tests.factories import keep, make_family, make_leader, make_outing, make_unit, make_user
from tests.outings.helpers import children_of, moment, shown, strangers, take_part


@pytest.fixture
def parent(unit, client, sign_in):
    user = make_family(unit)
    sign_in(client, user)
    return user


@pytest.mark.parametrize(
    ("time_zone", "words", "iso", "name"),
    [
        ("America/Chicago", "Sat Dec 5, 9:00", "2026-12-05T09:00-06:00", "CST"),
        ("Pacific/Auckland", "Sun Dec 6, 4:00", "2026-12-06T04:00+13:00", "NZDT"),
        ("Europe/London", "Sat Dec 5, 15:00", "2026-12-05T15:00+00:00", "GMT"),
    ],
)
def test_times_are_the_units_own(client, db_session, sign_in, time_zone, words, iso, name):
    unit = make_unit(time_zone=time_zone)
    sign_in(client, make_family(unit))
    start = moment("2026-12-05 15:00")
    with frozen(moment("2026-11-23 18:00")):
        outing = make_outing(unit, starts_at=start, ends_at=start + timedelta(hours=2))
        page = client.get(f"/outings/{outing.id}")
    assert f'<time datetime="{iso}">{words}</time>' in page.text
    assert f"Times are {name}" in page.text


def test_the_end_on_another_day_is_told_with_its_day(client, parent, unit):
    start = moment("2026-12-05 15:00")
    outing = make_outing(unit, starts_at=start, ends_at=start + timedelta(hours=26, minutes=30))
    page = shown(client.get(f"/outings/{outing.id}"))
    assert "Sun Dec 6, 11:30" in page
    assert "2 days, 1 night" in page


def test_the_summary_is_plain_text_with_its_line_breaks(client, parent, unit):
    outing = make_outing(unit, summary="First <b>line</b>\nsecond\n\nNext & last")
    page = client.get(f"/outings/{outing.id}").text
    assert "<p>First &lt;b&gt;line&lt;/b&gt;<br>second</p><p>Next &amp; last</p>" in page


def test_a_draft_does_not_exist_for_parents(client, parent, unit):
    draft = make_outing(unit, state="draft")
    assert client.get(f"/outings/{draft.id}").status_code == 404
    assert client.get(f"/outings/{uuid.uuid4()}").status_code == 404


def test_another_units_outing_does_not_exist_either(client, parent):
    other = make_outing(make_unit())
    assert client.get(f"/outings/{other.id}").status_code == 404


def test_the_host_and_its_guests_are_named(client, parent, unit):
    outing = make_outing(unit)
    for name in ("Troop 5", "Pack 12"):
        keep(OutingUnit(outing_id=outing.id, unit_id=make_unit(name).id))
    assert "Troop 77, with Pack 12 and Troop 5" in client.get(f"/outings/{outing.id}").text


@pytest.mark.parametrize(
    ("values", "people", "own", "button", "sentence"),
    [
        ({}, 0, 0, "Sign your family up", "No limit, nobody yet"),
        ({}, 1, 1, "Change or cancel", "Ava is in"),
        ({"total_seats": 2}, 2, 0, "Join the waiting list", "All places are taken"),
        ({"opens_at": timedelta(days=3)}, 0, 0, None, "Sign-up opens"),
        ({"closes_at": -timedelta(days=1)}, 0, 0, None, "To come after all, ask a leader."),
        ({"closes_at": -timedelta(days=1)}, 0, 1, "Change or cancel", "Sign-up closed"),
        ({"starts_at": -timedelta(hours=1)}, 0, 1, None, "The outing is on now."),
        ({"starts_at": -timedelta(days=9), "ends_at": -timedelta(days=8)}, 0, 1, None, "The outing is over."),
        ({"state": "cancelled"}, 0, 1, None, "This outing is cancelled."),
    ],
)
def test_one_thing_to_do_in_each_state(client, parent, unit, values, people, own, button, sentence):
    values = {name: now() + value if isinstance(value, timedelta) else value for name, value in values.items()}
    outing = make_outing(unit, **values)
    strangers(outing, people - own)
    if own:
        take_part(outing, parent, *children_of(parent)[:own])
    page = client.get(f"/outings/{outing.id}")
    assert sentence in shown(page)
    for words in ("Sign your family up", "Change or cancel", "Join the waiting list"):
        assert (f'href="/outings/{outing.id}/signup">{words}</a>' in page.text) == (words == button)


@pytest.mark.parametrize(
    ("days", "state", "told"), [(9, "published", True), (9, "cancelled", False), (-9, "published", False)]
)
def test_deadlines_are_told_while_there_are_any(client, parent, unit, days, state, told):
    day = now() + timedelta(days=days)
    times = {"closes_at": day, "cancel_by": day, "starts_at": day, "ends_at": day + timedelta(hours=1)}
    page = client.get(f"/outings/{make_outing(unit, state=state, **times).id}").text
    assert [f"<dt>{words}</dt>" in page for words in ("Sign-up", "Cancel by")] == [told, told]


def test_seats_by_kind_and_why_there_are_too_many(client, parent, unit):
    outing = make_outing(unit, youth_seats=1, adult_seats=4, overbook_reason="The second van is booked")
    strangers(outing, 2)
    page = shown(client.get(f"/outings/{outing.id}"))
    assert "2 of 1 youth place, 0 of 4 adult places" in page
    assert "Overbooked on purpose: The second van is booked" in page


def test_leaders_find_the_roster_and_the_form_and_parents_do_not(client, parent, unit, app, sign_in):
    outing = make_outing(unit)
    addresses = [f"/outings/{outing.id}/{name}" for name in ("roster", "edit", "state")]
    page = client.get(f"/outings/{outing.id}").text
    assert not [address for address in addresses if address in page]
    browser = app.test_client()
    sign_in(browser, make_leader(unit))
    page = browser.get(f"/outings/{outing.id}").text
    assert [address for address in addresses if address in page] == addresses


def test_a_leader_of_a_guest_unit_only_reads(client, db_session, sign_in, unit):
    other = make_unit()
    outing = make_outing(unit)
    keep(OutingUnit(outing_id=outing.id, unit_id=other.id))
    sign_in(client, make_leader(other))
    assert "/edit" not in client.get(f"/outings/{outing.id}").text
    assert client.get(f"/outings/{outing.id}/edit").status_code == 403


def test_the_familys_state_and_the_button_come_before_the_facts(client, parent, unit):
    page = client.get(f"/outings/{make_outing(unit).id}").text
    assert page.index("Sign your family up") < page.index("<dt>When</dt>")


def test_htmx_gets_the_seats_and_the_page_holds_the_same(client, parent, unit):
    outing = make_outing(unit, total_seats=5)
    part = client.get(f"/outings/{outing.id}", headers={"HX-Request": "true"}).text.strip()
    assert part.startswith('<section class="sheet pad" id="seats"')
    assert part.endswith("</section>")
    assert part in client.get(f"/outings/{outing.id}").text


@pytest.mark.parametrize("make", [make_family, make_leader])
def test_the_page_costs_at_most_6_statements(client, unit, sign_in, count_statements, make):
    outing = make_outing(unit)
    sign_in(client, make(unit))
    with count_statements() as statements:
        assert client.get(f"/outings/{outing.id}").status_code == 200
    assert len(statements) <= 6


def test_somebody_without_any_unit_sees_nothing(client, unit, sign_in):
    sign_in(client, make_user())
    refused = client.get(f"/outings/{make_outing(unit).id}")
    assert refused.status_code == 404
    assert "ask them to connect your account with the unit" in refused.text
    empty = client.get("/outings").text
    assert "No outings planned" in empty
    assert "ask a leader whether your account is connected" in empty
