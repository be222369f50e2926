import re
import uuid

import pytest
from sqlalchemy import func, select

from app.audit.models import AuditEntry
from app.errors import NotAllowed, RuleBroken
from app.extensions import db
from app.families.models import GuardianProposal, Person
from app.members.models import Membership
from app.members.rules.roles import NO_ROLE, Grant, set_role
from app.units.models import Role, RoleName, Unit
from tests.factories import (
    keep,
    make_adult,
    make_family,
    make_leader,
    make_patrol,
    make_person,
    make_role,
    make_unit,
    make_user,
    together,
)

HTMX = {"HX-Request": "true"}


@pytest.fixture
def unit(db_session):
    return make_unit("Troop 5")


@pytest.fixture
def admin(client, sign_in, unit):
    admin = make_leader(unit, RoleName.ADMIN)
    sign_in(client, admin)
    return admin


def url(unit, more=""):
    return f"/units/{unit.id}/members{more}"


def membership(person):
    return db.session.scalar(select(Membership).where(Membership.person_id == person.id))


# --- who may see what

GETS = ["", "?q=a", "/{youth}"]
ADMIN_GETS = ["/new", "/{youth}/edit", "/{adult}/account", "/roles"]
POSTS = ["/new", "/{youth}", "/{adult}/account", "/{adult}/account/link", "/roles/{user}"]


@pytest.mark.parametrize("who", ["nobody", "parent", "stranger", "leader elsewhere", "leader", "admin", "site admin"])
def test_every_address_knows_who_may_see_it(client, sign_in, unit, who):
    youth, adult = make_person("Ava", unit=unit), make_adult("Bo", unit=unit)
    user = make_user()
    adult.user_id = user.id
    people = {
        "nobody": lambda: None,
        "parent": lambda: make_family(unit),
        "stranger": make_user,
        "leader elsewhere": lambda: make_leader(make_unit(), RoleName.ADMIN),
        "leader": lambda: make_leader(unit),
        "admin": lambda: make_leader(unit, RoleName.ADMIN),
        "site admin": lambda: make_user(is_site_admin=True),
    }
    if asker := people[who]():
        sign_in(client, asker)
    read, change = {
        "nobody": (303, 303), "leader": (200, 403), "admin": (200, None), "site admin": (200, None)
    }.get(who, (404, 404))  # fmt: skip

    def asked(path):
        return url(unit, path.format(youth=youth.id, adult=adult.id, user=user.id))

    for path in GETS:
        assert client.get(asked(path)).status_code == read, path
    for path in ADMIN_GETS:
        assert client.get(asked(path)).status_code == (change or 200), path
    for path in POSTS:
        status = client.post(asked(path)).status_code
        assert status == change if change else status in (200, 303, 422), path


@pytest.mark.parametrize("path", ["/{id}", "/{id}/edit", "/{id}/account"])
def test_people_of_other_units_are_not_found_through_this_one(client, admin, unit, path):
    other = make_adult("Mia", unit=make_unit())
    former = make_adult("Old", unit=unit)
    from datetime import date

    membership(former).until = date(2026, 1, 1)
    for person_id in (other.id, former.id, uuid.uuid4()):
        assert client.get(url(unit, path.format(id=person_id))).status_code == 404


# --- the list


def test_the_list_shows_names_ages_patrols_guardians_and_phones(client, admin, unit):
    user = make_user(name="Marit Holm")
    marit = make_adult("Marit", "Holm", unit=unit, user_id=user.id, phone="555-0101")
    ava = make_person("Ava", "Holm", unit=unit, patrol=make_patrol(unit, "Fox"), guardian=user)
    ben = make_person("Ben", "Okafor", unit=unit)
    keep(GuardianProposal(person_id=ava.id, adult_id=marit.id, name="Marit Holm", phone="555-0199"))
    keep(GuardianProposal(person_id=ava.id, name="Bo Holm", phone="555-0102"))
    keep(GuardianProposal(person_id=ben.id, name="Ify Okafor", phone="555-0103"))
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", client.get(url(unit)).text))
    assert "Ava Holm youth, 12 Fox Marit Holm 555-0101 Bo Holm (no account) 555-0102" in text
    assert "Ben Okafor youth, 12 none Ify Okafor (no account) 555-0103" in text
    assert "Marit Holm adult, 40" in text
    assert "555-0199" not in text, "the account's own phone is the better one"


def test_a_guardian_whose_account_has_no_phone_keeps_the_rosters(client, admin, unit):
    user = make_user(name="Marit Holm")
    marit = make_adult("Marit", "Holm", unit=unit, user_id=user.id)
    ava = make_person("Ava", "Holm", unit=unit, guardian=user)
    keep(GuardianProposal(person_id=ava.id, adult_id=marit.id, name="Marit Holm", phone="555-0199"))
    page = client.get(url(unit)).text
    assert page.count("555-0199</a>") == 1
    assert "(no account)" not in page


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("zoe", {"Zoé Müller"}),
        ("MÜLL", {"Zoé Müller", "Tom Muller"}),
        ("muller tom", {"Tom Muller"}),
        ("fox", {"Tom Muller"}),
        ("bud", {"Bud O'Neill"}),
        ("o'neill", {"Bud O'Neill"}),
        ("%", set()),
        ("_", set()),
        ("\\", set()),
        ("nobody", set()),
        ("  ", {"Zoé Müller", "Tom Muller", "Bud O'Neill"}),
    ],
)
def test_search(client, admin, unit, search, found):
    make_person("Zoé", "Müller", unit=unit)
    make_person("Tom", "Muller", unit=unit, patrol=make_patrol(unit, "Fox"))
    make_person("Brian", "O'Neill", preferred_name="Bud", unit=unit)
    page = client.get(url(unit), query_string={"q": search}, headers=HTMX).text.replace("&#39;", "'")
    assert set(re.findall(r'<th scope="row"><a [^>]*><b>(.*?)</b>', page)) == found
    assert "<html" not in page, "htmx gets the list alone"


def test_fifty_to_a_page(client, admin, unit):
    for number in range(52):
        make_person(f"P{number:02}", "Holm", unit=unit)
    first, second = client.get(url(unit)).text, client.get(url(unit, "?page=2")).text
    assert (first.count('id="member-'), second.count('id="member-')) == (50, 2)
    assert "Page 1 of 2, 52 in all" in first
    assert client.get(url(unit, "?page=3")).status_code == 404
    assert client.get(url(unit, "?page=-1")).status_code == client.get(url(unit, "?page=x")).status_code == 200


def test_an_empty_unit_says_what_to_do_first(client, admin, unit):
    page = client.get(url(unit)).text
    assert "Nobody here yet" in page
    assert "Import a roster" in page


def test_a_leader_is_offered_nothing_that_only_an_admin_may(client, sign_in, unit):
    make_adult("Bo", unit=unit)
    sign_in(client, make_leader(unit))
    page = client.get(url(unit)).text
    for offer in ("/edit", '/account"', "/new", "/roles"):
        assert offer not in page.replace('href="/account"', "")


def test_statements_do_not_grow_with_the_members(client, admin, unit, count_statements):
    patrol = make_patrol(unit)
    youth, adult = make_person("Ava", "Holm", unit=unit), make_adult("Bo", "Holm", unit=unit, user_id=make_user().id)
    paths = ["", "?q=ho", f"/{youth.id}", f"/{youth.id}/edit", f"/{adult.id}/account", "/roles", "/new"]
    addresses = [url(unit, path) for path in paths]

    def add(families):
        with together():
            users = [make_user() for _ in range(families)]
            for user in users:
                make_adult("A", "Holm", unit=unit, user_id=user.id)
            children = [make_person("C", "Holm", unit=unit, patrol=patrol, guardian=user) for user in users]
        with together():
            for number, child in enumerate(children):
                keep(GuardianProposal(person_id=child.id, name=f"N{number}"))

    def measure():
        counts = {}
        for address in addresses:
            with count_statements() as statements:
                assert client.get(address).status_code == 200
            counts[address] = len(statements)
        return counts

    add(4)
    ten = measure()
    add(245)
    assert measure() == ten
    assert max(ten.values()) <= 8


# --- one line, edited where it stands


def edit_form(client, unit, person):
    page = client.get(url(unit, f"/{person.id}/edit"), headers=HTMX).text
    return re.search(r'name="version"[^>]*value="(\w+)"', page)[1]


def test_moving_to_another_patrol_in_place_with_undo(client, admin, unit):
    fox, owl = make_patrol(unit, "Fox"), make_patrol(unit, "Owl")
    ava = make_person("Ava", "Holm", unit=unit, patrol=fox)
    version = edit_form(client, unit, ava)
    form = {"version": version, "patrol_id": owl.id, "position": " Scribe "}
    response = client.post(url(unit, f"/{ava.id}"), data=form, headers=HTMX)
    assert response.status_code == 200
    assert response.text.strip().startswith(f'<tr id="member-{ava.id}">')
    assert (membership(ava).patrol.name, membership(ava).position) == ("Owl", "Scribe")
    undo = response.headers["HX-Trigger"]
    assert str(fox.id) in undo

    import json

    toast = json.loads(undo)["toast"]
    back = client.post(
        toast["undo"]["url"], data={k: v or "" for k, v in toast["undo"]["fields"].items()}, headers=HTMX
    )
    assert back.status_code == 200
    assert (membership(ava).patrol.name, membership(ava).position) == ("Fox", None)
    assert db.session.scalar(select(func.count()).select_from(AuditEntry).where(AuditEntry.subject_id == ava.id)) == 2


def test_without_a_script_the_same_form_leads_back_to_the_list(client, admin, unit):
    ava = make_person("Ava", unit=unit)
    assert "<html" in client.get(url(unit, f"/{ava.id}/edit")).text
    response = client.post(
        url(unit, f"/{ava.id}"), data={"version": edit_form(client, unit, ava), "patrol_id": "", "position": "Scribe"}
    )
    assert (response.status_code, response.location) == (303, url(unit))


def test_two_admins_edit_one_line_and_the_second_sees_both_values(client, admin, unit):
    fox, owl, bear = (make_patrol(unit, name) for name in ("Fox", "Owl", "Bear"))
    ava = make_person("Ava", unit=unit, patrol=fox)
    version = edit_form(client, unit, ava)
    client.post(url(unit, f"/{ava.id}"), data={"version": version, "patrol_id": owl.id, "position": ""})
    second = client.post(
        url(unit, f"/{ava.id}"), data={"version": version, "patrol_id": bear.id, "position": ""}, headers=HTMX
    )
    assert second.status_code == 409
    assert "It says now: patrol Owl" in second.text
    assert f'selected value="{bear.id}"' in second.text
    assert membership(ava).patrol.name == "Owl"
    again = re.search(r'name="version"[^>]*value="(\w+)"', second.text)[1]
    client.post(url(unit, f"/{ava.id}"), data={"version": again, "patrol_id": bear.id, "position": ""})
    assert membership(ava).patrol.name == "Bear"


def test_a_patrol_of_another_unit_is_refused_in_the_line(client, admin, unit):
    ava = make_person("Ava", unit=unit)
    form = {"version": edit_form(client, unit, ava), "patrol_id": make_patrol(make_unit()).id, "position": ""}
    response = client.post(url(unit, f"/{ava.id}"), data=form, headers=HTMX)
    assert (response.status_code, membership(ava).patrol_id) == (422, None)


# --- adding by hand

NEW = {"first_name": "Ava", "last_name": "Holm", "kind": "youth"}


def test_a_person_is_added_once_however_often_the_form_is_sent(client, admin, unit):
    fox = make_patrol(unit)
    person_id = re.search(r'name="id"[^>]*value="([\w-]+)"', client.get(url(unit, "/new")).text)[1]
    form = NEW | {
        "id": person_id,
        "birth_date": "2/3/2014",
        "patrol_id": fox.id,
        "member_number": "#007",
        "gender": "female",
    }
    for _ in range(3):
        assert client.post(url(unit, "/new"), data=form).status_code == 303
    (place,) = db.session.scalars(select(Membership).where(Membership.unit_id == unit.id)).all()
    assert (place.person.full_name, place.patrol.name, place.member_number) == ("Ava Holm", "Fox", "7")
    assert (str(place.person.birth_date), place.person.kind, place.person.gender) == ("2014-02-03", "youth", "female")
    assert "<b>Ava Holm</b>" in client.get(url(unit)).text


def test_the_birth_date_knows_better_than_the_box(client, admin, unit):
    client.post(url(unit, "/new"), data=NEW | {"birth_date": "1 May 1980"})
    assert db.session.scalar(select(Person.kind)) == "adult"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"first_name": ""}, "Enter a first name."),
        ({"last_name": " "}, "Enter a last name."),
        ({"kind": ""}, "Say whether this is a youth or an adult"),
        ({"birth_date": "soon"}, "Enter a birth date such as"),
        ({"member_number": "none"}, "Enter the member number as it stands in the roster"),
        ({"member_number": "078-05-1120"}, "Enter the member number as it stands in the roster"),
        ({"member_number": "42"}, "Somebody in this unit has this member number already."),
        ({"first_name": "A" * 81}, "80"),
    ],
)
def test_bad_input_keeps_what_was_typed(client, admin, unit, wrong, sentence):
    membership(make_person(unit=unit)).member_number = "42"
    response = client.post(url(unit, "/new"), data=NEW | wrong)
    assert response.status_code == 422
    assert "There is a problem" in response.text
    assert sentence in response.text
    assert 'value="Holm"' in response.text or wrong.get("last_name") == " "
    assert db.session.scalar(select(func.count()).select_from(Person)) == 1


@pytest.mark.parametrize("born", ["1/1/1902", "1/1/2090"])
def test_a_day_that_nobody_alive_was_born_on(client, admin, unit, born):
    response = client.post(url(unit, "/new"), data=NEW | {"birth_date": born})
    assert response.status_code == 422
    assert "was born" in response.text


# --- roles


def role_of(user, unit):
    return db.session.scalar(select(Role.name).where(Role.user_id == user.id, Role.unit_id == unit.id))


def test_roles_are_given_and_taken_in_place_with_undo(client, admin, unit):
    bo = make_user(name="Bo Holm")
    make_adult("Bo", unit=unit, user_id=bo.id)
    response = client.post(url(unit, f"/roles/{bo.id}"), data={"role": "leader", "based_on": ""}, headers=HTMX)
    assert response.text.strip().startswith(f'<tr id="account-{bo.id}">')
    assert "Bo Holm is a leader now." in response.headers["HX-Trigger"]
    assert (
        '"fields": {"role": "", "last_day": "", "based_on": "leader", "based_on_day": ""}'
        in response.headers["HX-Trigger"]
    )
    assert role_of(bo, unit) == "leader"
    taken = client.post(url(unit, f"/roles/{bo.id}"), data={"role": "", "based_on": "leader"})
    assert "Bo Holm has no role any more." in client.get(taken.location).text
    assert role_of(bo, unit) is None
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.subject_id == bo.id).order_by(AuditEntry.id)).all()
    assert [entry.changes for entry in entries] == [{"role": [None, "leader"]}, {"role": ["leader", None]}]


def test_the_last_admin_stays(client, admin, unit):
    response = client.post(url(unit, f"/roles/{admin.id}"), data={"role": "", "based_on": "admin"})
    assert (response.status_code, role_of(admin, unit)) == (422, "admin")
    assert "Make another admin first" in response.text
    swapped = client.post(url(unit, f"/roles/{admin.id}"), data={"role": "", "based_on": "admin"}, headers=HTMX)
    assert "Make another admin first" in swapped.headers["HX-Trigger"]
    assert '<option value="admin" selected>' in swapped.text, "the line shows what is true"


def test_one_of_two_admins_may_go_and_then_sees_the_page_no_longer(client, admin, unit):
    make_leader(unit, RoleName.ADMIN)
    response = client.post(url(unit, f"/roles/{admin.id}"), data={"role": "", "based_on": "admin"})
    assert (response.status_code, role_of(admin, unit)) == (303, None)
    assert client.get(url(unit, "/roles")).status_code == 404


def test_a_site_admin_may_take_the_last_admin_away(unit):
    last = make_leader(unit, RoleName.ADMIN)
    set_role(make_user(is_site_admin=True), unit, last.id, NO_ROLE, Grant(RoleName.ADMIN))
    assert role_of(last, unit) is None


def test_a_role_that_somebody_else_changed_meanwhile_is_not_overwritten(client, admin, unit):
    bo = make_leader(unit)
    response = client.post(url(unit, f"/roles/{bo.id}"), data={"role": "admin", "based_on": ""})
    assert (response.status_code, role_of(bo, unit)) == (409, "leader")
    assert "Somebody else changed this role" in response.text


def test_accounts_from_elsewhere_get_no_role(client, admin, unit):
    stranger = make_user()
    assert client.post(url(unit, f"/roles/{stranger.id}"), data={"role": "admin", "based_on": ""}).status_code == 404
    parent = make_user()
    make_person(unit=unit, guardian=parent)
    assert client.post(url(unit, f"/roles/{parent.id}"), data={"role": "admin", "based_on": ""}).status_code == 404
    assert client.post(url(unit, f"/roles/{uuid.uuid4()}"), data={"role": "admin", "based_on": ""}).status_code == 404


@pytest.mark.parametrize("role", ["owner", "site_admin", "ADMIN"])
def test_other_words_are_no_roles(client, admin, unit, role):
    assert client.post(url(unit, f"/roles/{admin.id}"), data={"role": role, "based_on": "admin"}).status_code == 422
    assert role_of(admin, unit) == "admin"


def test_rules_ask_again_who_the_actor_is(unit):
    leader = make_leader(unit)
    with pytest.raises(NotAllowed):
        set_role(leader, unit, leader.id, Grant(RoleName.ADMIN), Grant(RoleName.LEADER))


def test_two_admins_who_take_each_others_role_away_leave_one(committed_db):
    import threading

    with committed_db.app.app_context():
        unit = make_unit("Troop 5")
        ids = [make_leader(unit, RoleName.ADMIN).id for _ in range(2)]
        unit_id = unit.id
        db.session.commit()

    def go(actor, target):
        from app.identity.models import User

        with committed_db.app.app_context():
            try:
                set_role(
                    db.session.get(User, actor), db.session.get(Unit, unit_id), target, NO_ROLE, Grant(RoleName.ADMIN)
                )
                db.session.commit()
            except RuleBroken:
                db.session.rollback()

    for _ in range(10):
        threads = [threading.Thread(target=go, args=pair) for pair in (ids, ids[::-1])]
        [t.start() for t in threads]
        [t.join() for t in threads]
        with committed_db.app.app_context():
            left = db.session.scalars(select(Role.user_id)).all()
            assert len(left) == 1
            gone = next(user_id for user_id in ids if user_id not in left)
            keep(Role(user_id=gone, unit_id=unit_id, name="admin"))
            db.session.commit()


def test_a_role_elsewhere_says_nothing_here(client, admin, unit):
    bo = make_leader(make_unit())
    make_adult("Bo", unit=unit, user_id=bo.id)
    make_role(bo, unit)
    page = client.get(url(unit, "/roles")).text
    assert page.count(f'id="account-{bo.id}"') == 1
