"""The list: who sees what, in which order, and at what price."""

from datetime import timedelta

import pytest

from app.clock import now
from app.extensions import db
from app.outings.models import OutingUnit
from tests.factories import (
    keep,
    make_family,
    make_leader,
    make_outing,
    make_person,
    make_role,
    make_unit,
    make_user,
    together,
)
from tests.outings.helpers import children_of, shown, take_part


def titles(page):
    """The titles on the cards, in their order."""
    return [part.split("</a>")[0].split(">")[-1] for part in page.text.split("<h2><a")[1:]]


def later(days, **values):
    start = now() + timedelta(days=days)
    return values | {"starts_at": start, "ends_at": start + timedelta(hours=6)}


@pytest.fixture
def parent(unit, client, sign_in):
    user = make_family(unit)
    sign_in(client, user)
    return user


def test_strangers_are_told_what_this_is_and_where_to_sign_in(client):
    page = client.get("/")
    assert page.status_code == 200
    assert "/login" in page.text
    assert client.get("/outings").headers["Location"] == "/login?next=/outings"


def test_home_shows_what_comes_next(client, parent, unit):
    make_outing(unit, title="Winter camp")
    assert titles(client.get("/")) == ["Winter camp"]


def test_coming_ones_soonest_first_and_past_ones_newest_first(client, parent, unit):
    for days in (30, 3, 10, -40, -2, -9):
        make_outing(unit, title=f"Day {days}", **later(days))
    assert titles(client.get("/outings")) == ["Day 3", "Day 10", "Day 30"]
    assert titles(client.get("/outings?when=past")) == ["Day -2", "Day -9", "Day -40"]


def test_an_outing_that_is_going_on_is_a_coming_one(client, parent, unit):
    make_outing(unit, title="Now", starts_at=now() - timedelta(hours=1), ends_at=now() + timedelta(hours=1))
    assert titles(client.get("/outings")) == ["Now"]
    assert titles(client.get("/outings?when=past")) == []


def test_a_draft_is_for_leaders_of_its_host_only(client, parent, unit, app, sign_in):
    other = make_unit("Troop 5")
    draft = make_outing(unit, title="Secret", state="draft")
    keep(OutingUnit(outing_id=draft.id, unit_id=other.id))
    assert titles(client.get("/outings")) == []
    for user, seen in (
        (make_leader(unit), ["Secret"]),
        (make_leader(other), []),
        (make_user(is_site_admin=True), ["Secret"]),
    ):
        browser = app.test_client()
        sign_in(browser, user)
        assert titles(browser.get("/outings")) == seen


def test_other_units_outings_are_seen_only_where_one_is_invited(client, parent, unit):
    other = make_unit("Troop 5")
    make_outing(other, title="Theirs")
    invited = make_outing(other, title="Together")
    keep(OutingUnit(outing_id=invited.id, unit_id=unit.id))
    assert titles(client.get("/outings")) == ["Together"]


def test_a_child_in_two_units_and_an_invitation_show_each_outing_once(client, parent, unit):
    pack = make_unit("Pack 77")
    make_person("Mia", unit=pack, guardian=parent)
    make_role(parent, unit)
    outing = make_outing(unit, title="Once")
    keep(OutingUnit(outing_id=outing.id, unit_id=pack.id))
    page = client.get("/outings")
    assert titles(page) == ["Once"]
    assert "One coming up." in page.text


def test_a_membership_that_has_ended_shows_nothing(client, parent, unit):
    make_outing(unit)
    db.session.execute(db.text("UPDATE memberships SET until = current_date - 1"))
    assert titles(client.get("/outings")) == []


def test_twenty_to_a_page(client, parent, unit):
    for number in range(43):
        make_outing(unit, title=f"Number {number}", **later(number + 1))
    first, last = client.get("/outings"), client.get("/outings?page=3")
    assert titles(first) == [f"Number {number}" for number in range(20)]
    assert titles(last) == ["Number 40", "Number 41", "Number 42"]
    assert 'href="/outings?page=2"' in first.text
    assert "Page 3 of 3, 43 in all" in last.text
    assert 'href="/outings?page=2"' in last.text
    assert "43 coming up." in first.text


@pytest.mark.parametrize("number", ["4", "999999999999999999999999", "0", "-1", "x", "1.5"])
def test_a_page_that_is_none(client, parent, unit, number):
    make_outing(unit)
    assert client.get(f"/outings?page={number}").status_code == (404 if number.isdigit() and int(number) > 1 else 200)


def test_ones_own_family_and_nobody_elses(client, parent, unit):
    outing = make_outing(unit, total_seats=3)
    take_part(outing, parent, *children_of(parent)[:1])
    take_part(outing, make_user(), make_person("Zoe", "Okafor", unit=unit))
    take_part(outing, None, make_person("Theo", "Tanaka", unit=unit))
    late = keep(make_person("Ella", "Lindqvist", guardian=parent))
    take_part(outing, make_user(), late, place=4)
    page = shown(client.get("/outings"))
    assert "3 of 3 places taken, 1 waiting" in page
    assert "Ava is in" in page
    assert "Ella is 1st in line" in page
    assert "One coming up. Ava is in for it." in page
    assert "Zoe" not in page


def test_htmx_gets_the_list_alone(client, parent, unit):
    make_outing(unit)
    part = client.get("/outings?when=past", headers={"HX-Request": "true"})
    assert part.text.startswith("<title>Past outings - ")
    assert part.text.split("</title>")[1].lstrip().startswith('<div class="stack stack--wide" id="outings">')
    assert "<html" not in part.text
    assert "HX-Request" in part.headers["Vary"]
    boosted = client.get("/outings", headers={"HX-Request": "true", "HX-Boosted": "true"})
    assert "<html" in boosted.text


def test_a_title_is_text(client, parent, unit):
    make_outing(unit, title="<b>Camp</b> & co", place="<i>")
    page = client.get("/outings")
    assert "&lt;b&gt;Camp&lt;/b&gt; &amp; co" in page.text
    assert "<b>Camp" not in page.text


def test_only_those_who_may_plan_see_the_button(client, parent, unit, app, sign_in):
    assert "/outings/new" not in client.get("/outings").text
    browser = app.test_client()
    sign_in(browser, make_leader(unit))
    assert "/outings/new" in browser.get("/outings").text


def test_the_list_costs_the_same_few_statements_for_10_and_for_500(
    client, parent, unit, app, sign_in, count_statements
):
    leading = make_family(unit)
    make_role(leading, unit)
    browsers = {"parent": client, "leader": app.test_client()}
    sign_in(browsers["leader"], leading)
    families = {user: children_of(user) for user in (parent, leading)}

    def add(number):
        with together():
            for place in range(number):
                for days in (place % 90 + 1, -(place % 90 + 1)):
                    outing = make_outing(unit, **later(days))
                    for user, children in families.items() if place < 25 else ():
                        take_part(outing, user, *children)
        db.session.execute(db.text("ANALYZE outings, signups, participants"))

    def measure():
        counts = {}
        for who, browser in browsers.items():
            for url in ("/outings", "/outings?when=past", "/"):
                with count_statements() as statements:
                    assert browser.get(url).status_code == 200
                counts[who, url] = len(statements)
        return counts

    add(10)
    few = measure()
    add(490)
    assert measure() == few
    assert max(few.values()) <= 6


def test_500_people_on_one_outing_cost_no_more_statements(client, parent, unit, count_statements):
    outing = make_outing(unit, total_seats=510)
    seen = []
    for number in (10, 490):
        with together():
            for count in range(number):
                take_part(outing, None, make_person(f"Youth {count}", "Stranger"))
        with count_statements() as statements:
            assert client.get("/outings").status_code == 200
            assert client.get(f"/outings/{outing.id}").status_code == 200
        seen.append(len(statements))
    assert seen[0] == seen[1] <= 12
