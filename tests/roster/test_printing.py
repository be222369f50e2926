"""Rows are kept once they were printed: never another's, never a token, and nothing about health."""

from datetime import UTC, date, timedelta

import pytest

from app.clock import now
from app.extensions import db
from app.families.health.models import HealthNote
from app.families.models import GuardianProposal
from app.outings.models import OutingLead
from app.roster import printing, queries
from app.roster.lines import Trip
from app.roster.statements import Show
from app.signups.consent import terms_of
from app.signups.models import Consent
from tests.factories import keep, make_adult, make_unit, make_user
from tests.roster.helpers import edit, order, put_on, text_of, url, youth


@pytest.fixture(autouse=True)
def nothing_kept():
    printing.forget()
    yield
    printing.forget()


def test_a_page_is_printed_once_and_of_its_rows_only_what_has_changed_again(troop, desk):
    ben, _ = (put_on(troop.outing, youth(troop.unit, name)) for name in ("Ben Okafor", "Ann Okafor"))
    first = desk.get(url(troop.outing)).text
    assert desk.get(url(troop.outing)).text == first
    assert printing.kept.cache_info()[:2] == (1, 1), "one hit, one miss"
    assert printing.pieces.cache_info()[:2] == (0, 2), "the page is found as a whole"
    edit(desk, troop.outing, ben, patrol_id=str(troop.fox.id))
    changed = desk.get(url(troop.outing)).text
    assert printing.kept.cache_info()[:2] == (1, 2)
    assert printing.pieces.cache_info()[:2] == (1, 3), "the other row is as it was"
    assert "<span>Fox</span>" in changed
    assert "<span>Fox</span>" not in first
    assert f'value="{ben.version}"' in changed, "the version belongs to the row"


def test_whatever_a_row_is_made_of_is_seen_on_the_next_page_when_it_changes(troop, desk):
    parent, other = make_user(name="Account Name"), make_unit("Troop 12 of Elsewhere")
    own = make_adult("Ify", "Okafor", user_id=parent.id, phone="555 0177")
    ben = youth(troop.unit, "Ben", guardian=parent)
    row = put_on(troop.outing, ben)
    terms = terms_of(troop.outing)
    consent = keep(Consent(signup_id=row.signup_id, text_version="1", terms=terms))
    lead = db.session.get(OutingLead, (troop.outing.id, troop.leader.id))
    start = troop.outing.starts_at
    last = (start + timedelta(hours=80)).date() + timedelta(days=1)
    changes = [
        (troop.outing, {"ends_at": start + timedelta(hours=80)}, "dates changed since A/B missing C missing"),
        (consent, {"terms": terms | {"place": "Elsewhere"}}, "dates and place changed since"),
        (consent, {"terms": terms | {"ends_at": (start + timedelta(hours=80)).astimezone(UTC).isoformat()}}, "given"),
        (ben, {"preferred_name": "Benno"}, "Benno Okafor"),
        (ben, {"last_name": "Adeyemi"}, "Benno Adeyemi"),
        (ben, {"rank": "Star"}, ", Star"),
        (ben, {"birth_date": start.date() - timedelta(days=366 * 9)}, "9, Star"),
        (ben, {"form_ab_until": last, "form_c_until": date(2020, 1, 2)}, "C ended Jan 2, 2020"),
        (ben, {"form_c_until": last}, "complete"),
        (ben, {"photo_consent": "none", "photo_consent_at": now()}, "no photos"),
        (ben, {"swim_class": "nonswimmer"}, "non-swimmer"),
        (row, {"patrol_id": troop.fox.id}, "Fox"),
        (troop.fox, {"name": "Lynx"}, "Lynx"),
        (row, {"patrol_id": None, "unit_id": other.id}, "Troop 12 of Elsewhere"),
        (other, {"name": "Troop 13 of Elsewhere"}, "Troop 13 of Elsewhere"),
        (row, {"guest_troop": "Troop 3", "guest_patrol": "Otter"}, "Otter Troop 3"),
        (own, {"preferred_name": "Ifeoma"}, "Ifeoma Okafor"),
        (own, {"phone": "555 0178"}, "555 0178"),
        (own, {"phone": None}, "From File 555 0142"),
        (own, {"user_id": None}, "Account Name"),
        (parent, {"name": "Another Account"}, "Another Account"),
        (row, {"note": "brings a drum"}, "brings a drum"),
        (row, {"overbook_reason": "has a bicycle"}, "over the limit: has a bicycle"),
        (row, {"note": None, "overbook_reason": None, "state": "waiting", "queue_no": 1, "confirmed_at": None}, "waiting, 1st"),
    ]  # fmt: skip
    keep(GuardianProposal(person_id=ben.id, name="From File", phone="555 0142"))
    for changed, values, words in changes:
        before = [text_of(desk.get(url(troop.outing))) for _ in range(2)][1]
        for name, value in values.items():
            setattr(changed, name, value)
        db.session.commit()
        after = text_of(desk.get(url(troop.outing)))
        assert words in after, words
        assert words not in before, words
    keep(HealthNote(person_id=ben.id, allergies="Pollen"))
    assert f'{row.id}/health"' in desk.get(url(troop.outing)).text
    db.session.delete(lead)
    db.session.commit()
    page = desk.get(url(troop.outing)).text
    assert "Health notes" in page
    assert f'{row.id}/health"' not in page


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
    found, trip = queries.page_of(troop.outing, Show.ALL), Trip.of(troop.outing, is_over=False)
    rows = printing.kept(found.texts, trip, url(troop.outing))
    assert printing.kept.cache_info().hits == 1, "these are the rows that the page has kept"
    said = f"{rows} {found.texts}"
    assert "Ben Okafor" in said
    assert not [word for word in ("inhaler", "Pollen", "/health", "Health") if word in said]
    assert {row.found.has_health_note for row in rows} == {False}
    db.session.delete(db.session.get(HealthNote, ben.id))
    db.session.commit()
    page = desk.get(url(troop.outing)).text
    assert "/health" not in page
    assert printing.kept.cache_info().misses == 1, "with or without health notes they are the same kept rows"


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
