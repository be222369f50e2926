import re
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.clock import today
from app.extensions import db
from app.families.models import EmergencyContact, Guardian, Person, Training
from tests.factories import keep, make_adult, make_leader, make_patrol, make_person, make_unit, make_user, together


@pytest.fixture
def parent(client, sign_in, db_session):
    parent = make_user(name="Astrid Holm")
    sign_in(client, parent)
    return parent


def words(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.text))


def version_in(response):
    return re.search(r'name="version"[^>]*value="(\d+)"', response.text)[1]


# --- who may see what


@pytest.mark.parametrize("who", ["nobody", "stranger", "leader", "site admin", "guardian", "other guardian", "oneself"])
def test_every_address_knows_who_may_see_it(client, sign_in, db_session, who):
    unit = make_unit()
    guardian, other, self = make_user(), make_user(), make_user()
    ava = make_person("Ava", unit=unit, guardian=guardian)
    keep(Guardian(user_id=other.id, person_id=ava.id))
    if who == "oneself":
        ava = make_adult("Bo", user_id=self.id)
    asker = {
        "nobody": lambda: None,
        "stranger": make_user,
        "leader": lambda: make_leader(unit),
        "site admin": lambda: make_user(is_site_admin=True),
        "guardian": lambda: guardian,
        "other guardian": lambda: other,
        "oneself": lambda: self,
    }[who]()
    if asker:
        sign_in(client, asker)
    got, posted = client.get(f"/family/people/{ava.id}"), client.post(f"/family/people/{ava.id}", data={})
    expected = {"nobody": (303, 303), "stranger": (404, 404), "leader": (404, 404), "site admin": (404, 404)}.get(
        who, (200, 303)
    )
    assert (got.status_code, posted.status_code) == expected
    for path in ("/family", "/family/people/new"):
        assert client.get(path).status_code == (200 if asker else 303)


# --- the list


def test_an_empty_family_says_what_to_do_first(client, parent):
    page = words(client.get("/family"))
    assert "Nobody is here yet" in page
    assert "ask its leaders to connect you" in page
    assert "Add yourself" in page


def test_the_list_says_in_sentences_what_is_missing_and_what_runs_out(client, parent):
    unit, day = make_unit("Troop 5"), today()
    soon = {"form_ab_until": day + timedelta(days=30), "form_c_until": day + timedelta(days=300)}
    swim = {"swim_class": "swimmer", "swim_class_on": day - timedelta(days=400)}
    make_person("Ava", "Holm", unit=unit, patrol=make_patrol(unit, "Fox"), guardian=parent, **soon, **swim)
    make_person("Ben", "Holm", guardian=parent, birth_date=None, gender=None)
    me = make_adult(
        "Astrid", "Holm", user_id=parent.id, unit=unit, phone="555-0101", gender="female", form_ab_until=day
    )
    keep(Training(person_id=me.id, code="sco_800", name="x", expires_on=day + timedelta(days=60)))
    keep(EmergencyContact(person_id=me.id, name="Bo", phone="555-0102"))
    make_person("Stranger", "Okafor", unit=unit)
    page = words(client.get("/family"))
    assert page.index("Astrid Holm you") < page.index("Ava Holm"), "oneself comes first"
    assert "Stranger" not in page
    mine, ava, ben = (
        page.partition(name)[2].partition(" Edit ")[0] for name in ("Astrid Holm you", "Ava Holm", "Ben Holm")
    )
    assert "Safeguarding Youth Training is missing. Every registered adult, each year. Say that you have it" in mine
    assert f"Hazardous Weather Training runs out on {day + timedelta(days=60):%b} " in mine
    assert "Parts A and B of the medical form run out on" in mine
    assert "Nobody is named" not in mine
    assert "Nobody is named to call in an emergency. Add somebody" in ava
    assert "Parts A and B of the medical form run out on" in ava
    assert "Part C" not in ava, "more than 60 days are left"
    assert "The swim class ran out on" in ava
    assert "Nobody has said where photos may be seen. Choose" in ava
    assert "birth date is missing. It tells youth from adults. Add it" in ben
    assert "gender is missing" in ben
    assert "medical form are missing" not in ben, "in no unit that asks for one"


def test_statements_do_not_grow_with_the_family(client, parent, count_statements):
    unit = make_unit()
    ava = make_person("Ava", unit=unit, patrol=make_patrol(unit), guardian=parent)
    paths = ["/family", f"/family/people/{ava.id}", f"/family/people/{ava.id}/edit", "/family/people/new"]

    def measure():
        counts = {}
        for path in paths:
            with count_statements() as statements:
                assert client.get(path).status_code == 200
            counts[path] = len(statements)
        return counts

    few = measure()
    with together():
        for number in range(45):
            make_person(f"P{number}", unit=unit, guardian=parent)
        for _ in range(455):
            make_person("Other", unit=unit)
    assert measure() == few
    assert max(few.values()) <= 8


# --- the form

NEW = {
    "first_name": "Ava",
    "last_name": "Holm",
    "birth_date": "Feb 3, 2014",
    "gender": "female",
    "relationship_to": "parent",
}


def test_a_person_is_added_with_everything(client, parent):
    form = client.get("/family/people/new")
    person_id = re.search(r'name="id"[^>]*value="([\w-]+)"', form.text)[1]
    more = {
        "contact_name": "Bo Holm",
        "contact_phone": "(555) 010-1234",
        "contact_relationship": "uncle",
    }
    for _ in range(3):
        assert client.post("/family/people/new", data=NEW | more | {"id": person_id}).status_code == 303
    (ava,) = db.session.scalars(select(Person)).all()
    assert (str(ava.id), ava.full_name, str(ava.birth_date), ava.kind) == (person_id, "Ava Holm", "2014-02-03", "youth")
    assert [(c.name, c.phone) for c in ava.emergency_contacts] == [("Bo Holm", "(555) 010-1234")]
    page = words(client.get("/family"))
    assert "Ava Holm is on your list already." in page
    assert "Nothing is missing" in page


def test_one_adds_oneself_and_the_browser_may_help(client, parent):
    form = client.get("/family/people/new?who=me").text
    for word in ("given-name", "family-name", "bday", "tel", "email"):
        assert f'autocomplete="{word}"' in form
    client.post("/family/people/new?who=me", data={"first_name": "Astrid", "last_name": "Holm"})
    assert db.session.scalar(select(Person.user_id)) == parent.id
    assert 'autocomplete="bday"' not in client.get("/family/people/new").text, (
        "a child's birth date is not the browser's"
    )
    assert 'value="Holm"' in client.get("/family/people/new").text, "nobody types the last name again"


def test_an_account_is_called_as_its_own_person_is(client, parent):
    client.post("/family/people/new?who=me", data={"first_name": "Astrid", "last_name": "Berg"})
    assert parent.name == "Astrid Berg"
    own = db.session.scalars(select(Person)).one()
    child = make_person("Ava", guardian=parent)
    for person in (own, child):
        form = {"first_name": "Asta", "last_name": "Lund", "kind": person.kind, "version": str(person.version)}
        assert client.post(f"/family/people/{person.id}", data=form).status_code == 303
        assert parent.name == "Asta Lund"
    page = client.get("/account").text
    assert "Asta Lund" in page
    assert "You change your name where you stand under" in page


def test_whoever_adds_a_child_reads_that_a_unit_puts_its_own_on_its_list(client, parent):
    for headers in ({}, {"HX-Request": "true"}):
        assert (
            "Ask its leaders to put the child on their list" in client.get("/family/people/new", headers=headers).text
        )
        assert "Ask its leaders" not in client.get("/family/people/new?who=me", headers=headers).text


@pytest.mark.parametrize("path", ["/family", "/family/people/new", "/family/people/{id}", "/family/people/{id}/edit"])
def test_a_parent_reads_that_we_hold_no_medical_forms(client, parent, path):
    ava = make_person("Ava", guardian=parent)
    assert "We hold no medical forms" in client.get(path.format(id=ava.id)).text


@pytest.mark.parametrize(
    ("wrong", "sentence", "field"),
    [
        ({"first_name": " "}, "Enter a first name.", "first_name"),
        ({"birth_date": "soon"}, "Enter a birth date such as", "birth_date"),
        ({"birth_date": "1/1/2090"}, "Enter the day on which this person was born.", "birth_date"),
        ({"birth_date": ""}, "Say whether this is a youth or an adult", "kind"),
        ({"phone": "call me"}, "Enter a phone number such as", "phone"),
        ({"email": "ava@example.org"}, "We keep email addresses of adults only.", "email"),
        ({"contact_name": "Bo"}, "Enter a phone number for Bo.", "contact_phone"),
        ({"contact_phone": "12"}, "Enter a phone number such as", "contact_phone"),
        ({"gender": "dragon"}, "Not a valid choice", "gender"),
    ],
)
def test_bad_input_keeps_everything_and_says_what_is_wrong(client, parent, wrong, sentence, field):
    ava = make_person("Ava", "Holm", guardian=parent, birth_date=None, kind="youth")
    typed = NEW | {"last_name": "Holm & Söhne", "version": "1"} | wrong
    for path in ("/family/people/new", f"/family/people/{ava.id}"):
        if wrong == {"birth_date": ""} and path != "/family/people/new":
            typed |= {"kind": ""}
        if field.startswith("contact") and path != "/family/people/new":
            continue
        response = client.post(path, data=typed)
        assert response.status_code == 422
        assert "<title>Error: " in response.text
        assert "There is a problem" in response.text
        assert re.search(rf'href="#{field}">{sentence}', response.text)
        assert 'value="Holm &amp; Söhne"' in response.text
    assert db.session.scalars(select(Person.last_name)).all() == ["Holm"]


def test_a_change_is_saved(client, parent):
    ava = make_person("Ava", "Holm", guardian=parent)
    version = version_in(client.get(f"/family/people/{ava.id}/edit"))
    response = client.post(f"/family/people/{ava.id}", data=NEW | {"version": version, "preferred_name": "Avi"})
    assert (response.status_code, response.location) == (303, f"/family#person-{ava.id}")
    assert "Avi Holm is saved." in client.get("/family").text


def test_the_second_of_two_homes_sees_both_values_and_can_save_on_top(app, client, sign_in, parent):
    other = make_user()
    ava = make_person("Ava", "Holm", guardian=parent)
    keep(Guardian(user_id=other.id, person_id=ava.id))
    elsewhere = app.test_client()
    sign_in(elsewhere, other)
    address = f"/family/people/{ava.id}"
    version = version_in(client.get(f"{address}/edit"))
    client.post(address, data=NEW | {"version": version, "phone": "555-0101"})
    second = elsewhere.post(address, data=NEW | {"version": version, "phone": "555-0202"})
    assert second.status_code == 409
    assert "Somebody else changed Ava Holm since you opened this page." in second.text
    assert "Phone 555-0101 555-0202" in words(second)
    assert 'value="555-0202"' in second.text, "what was typed is still in the form"
    assert ava.phone == "555-0101"
    elsewhere.post(address, data=NEW | {"version": version_in(second), "phone": "555-0202"})
    assert ava.phone == "555-0202"


def test_an_unreadable_version_is_stale_and_never_saves(client, parent):
    ava = make_person("Ava", guardian=parent)
    for version in ("", "x", "-1", "9" * 40, "٣"):
        assert (
            client.post(f"/family/people/{ava.id}", data=NEW | {"version": version, "phone": "555-0101"}).status_code
            == 409
        )
    assert ava.phone is None


def test_the_form_needs_its_token(app, client, parent):
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        assert client.post("/family/people/new", data=NEW | {"id": str(uuid.uuid4())}).status_code == 400
    finally:
        app.config["WTF_CSRF_ENABLED"] = False
    assert db.session.scalars(select(Person)).all() == []
