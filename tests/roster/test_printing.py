"""Rows are kept once they were printed: never another's, never a token, and nothing about health."""

import pytest

from app.extensions import db
from app.families.health.models import HealthNote
from app.roster import printing
from tests.factories import keep
from tests.roster.helpers import edit, order, put_on, url, youth


@pytest.fixture(autouse=True)
def nothing_kept():
    printing.pieces.cache_clear()
    yield
    printing.pieces.cache_clear()


def test_a_row_is_printed_once_and_again_when_anything_in_it_changes(troop, desk):
    ben = put_on(troop.outing, youth(troop.unit, "Ben Okafor"))
    first = desk.get(url(troop.outing)).text
    desk.get(url(troop.outing))
    assert printing.pieces.cache_info()[:2] == (1, 1), "one hit, one miss"
    edit(desk, troop.outing, ben, patrol_id=str(troop.fox.id))
    changed = desk.get(url(troop.outing)).text
    assert "<span>Fox</span>" in changed
    assert "<span>Fox</span>" not in first
    assert f'value="{ben.version}"' in changed, "the version belongs to the row"


def test_two_people_of_one_name_are_two_rows(troop, desk):
    rows = [put_on(troop.outing, youth(troop.unit, "Ben Okafor")) for _ in range(2)]
    for _ in range(2):
        page = desk.get(url(troop.outing)).text
        assert all(page.count(f'id="row-{row.id}"') == 1 for row in rows)


def test_what_is_kept_says_nothing_of_health_and_no_leaders_words(troop, desk):
    ben, ann = (youth(troop.unit, name) for name in ("Ben Okafor", "Ann Okafor"))
    row = put_on(troop.outing, ben)
    put_on(troop.outing, ann, note="carries an inhaler")
    keep(HealthNote(person_id=ben.id, allergies="Pollen"))
    page = desk.get(url(troop.outing))
    assert order(page) == ["Ann Okafor", "Ben Okafor"]
    assert "carries an inhaler" in page.text
    assert page.text.count(f'href="{url(troop.outing, row)}/health"') == 1
    assert printing.pieces.cache_info().currsize == 1, "the row with a note was not kept"
    db.session.delete(db.session.get(HealthNote, ben.id))
    db.session.commit()
    page = desk.get(url(troop.outing)).text
    assert "/health" not in page
    assert printing.pieces.cache_info().currsize == 1, "with or without health notes it is the same kept row"


def test_the_token_in_a_row_of_the_line_is_ones_own(app, troop, desk, signed_in, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    for name, number in (("Ben Okafor", 1), ("Ann Okafor", 2)):
        put_on(troop.outing, youth(troop.unit, name), "waiting", number=number)
    tokens = [
        {part.split('"')[0] for part in browser.get(url(troop.outing)).text.split('name="csrf_token" value="')[1:]}
        for browser in (desk, signed_in(troop.leader))
    ]
    assert all(len(own) == 1 for own in tokens)
    assert tokens[0] != tokens[1]
