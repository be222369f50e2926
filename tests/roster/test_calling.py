"""A row's own page: whom to call in order, who may collect the child and who not, as every home wrote it, and the old note."""

from app.clock import now
from app.extensions import db
from app.families.models import Collector, EmergencyContact
from tests.factories import keep, make_user
from tests.roster.helpers import HTMX, put_on, text_of, url, youth


def test_staff_see_the_rows_of_both_homes_and_the_old_note(troop, desk, count_statements):
    ava = youth(troop.unit, "Ava", photo_consent="none", photo_consent_at=now(), pick_up_note="Both homes collect.")
    one, other = make_user(name="Astrid Holm"), make_user(name="Bo Holm")
    for place, (name, home) in enumerate((("Zoe", None), ("Ann", one.id)), 1):
        keep(EmergencyContact(person_id=ava.id, position=place, name=name, phone=f"555-010{place}", home_of_id=home))
    for name, may, home in (("Casey", True, one.id), ("Casey", False, other.id), ("Robin", True, None)):
        keep(Collector(person_id=ava.id, name=name, may_collect=may, home_of_id=home, note="has a key"))
    row = put_on(troop.outing, ava)
    db.session.commit()
    here = f"{url(troop.outing)}/{row.id}"
    with count_statements() as statements:
        page = text_of(desk.get(here))
    assert len(statements) <= 8
    assert "12, no photos" in page
    for row_alone in (desk.get(url(troop.outing)), desk.get(f"{here}/edit", headers=HTMX)):
        assert "12, no photos" in text_of(row_alone)
    assert "1. Zoe 555-0101 2. Ann 555-0102 named by Astrid Holm for that home only" in page
    assert "note: Both homes collect." in page
    collecting = page.partition("Who may collect Ava")[2]
    assert collecting.index("Casey may not has a key named by Bo Holm") < collecting.index("Casey may has a key")
    assert "ask both" in collecting
    for elsewhere in (url(troop.outing), f"{url(troop.outing)}.csv", f"{here}/edit"):
        assert "Casey" not in desk.get(elsewhere).text, "not in the list, and not in what leaves the house"
    assert "Casey" not in desk.get(here, headers=HTMX).text
    adult = put_on(troop.outing, youth(troop.unit, "Marit", kind="adult", birth_date=None))
    assert "Who may collect" not in desk.get(f"{url(troop.outing)}/{adult.id}").text


def test_of_whoever_does_not_come_nobody_is_to_be_called(troop, desk):
    ava = youth(troop.unit, "Ava", pick_up_note="Not with Robin.")
    keep(EmergencyContact(person_id=ava.id, name="Zoe", phone="555-0101"))
    keep(Collector(person_id=ava.id, name="Casey", may_collect=False, note="has a key"))
    row = put_on(troop.outing, ava, "waiting")
    words = ("555-0101", "Casey", "Robin")
    assert [word in desk.get(url(troop.outing, row)).text for word in words] == [True] * 3
    row.state, row.queue_no, row.cancelled_at = "cancelled", None, now()
    db.session.commit()
    assert [word in desk.get(url(troop.outing, row)).text for word in words] == [False] * 3
