"""The list of members: filtered by its address, with columns of one's choice, in a file as on screen, and quick in a large unit."""

import csv
import io
import re
from datetime import date, timedelta

from sqlalchemy import select, text

from app.clock import now, today
from app.extensions import db
from app.families.models import Guardian, Person, Training
from app.members.columns import COLUMNS
from app.members.filtering import Wanted, conditions
from app.members.listing import page_statement
from app.members.models import MemberColumns, Membership
from tests.factories import keep, make_adult, make_leader, make_patrol, make_person, make_unit, make_user

HTMX = {"HX-Request": "true"}


def names(page):
    return sorted(re.findall(r"<b>(\w+) Holm</b>", page))


def place_of(person):
    return db.session.scalars(select(Membership).where(Membership.person_id == person.id)).one()


def test_every_filter_stands_in_the_address(client, admin, unit):
    day = today(unit.time_zone)
    fox = make_patrol(unit, "Fox")
    user = make_user()
    people = {
        "Ava": make_person("Ava", "Holm", unit=unit, patrol=fox, guardian=user, form_ab_until=day + timedelta(days=300)),
        "Ben": make_person("Ben", "Holm", unit=unit, form_ab_until=day + timedelta(days=59)),
        "Cy": make_person("Cy", "Holm", unit=unit, form_ab_until=day - timedelta(days=1)),
        "Dot": make_adult("Dot", "Holm", unit=unit, form_ab_until=day + timedelta(days=300)),
        "Eve": make_person("Eve", "Holm", unit=unit, birth_date=day.replace(year=day.year - 18, day=1), form_ab_until=day + timedelta(days=300)),
        "Old": make_person("Old", "Holm", unit=unit),
    }  # fmt: skip
    place_of(people["Old"]).until = day - timedelta(days=5)
    place_of(people["Ben"]).position = "Scribe | Bugler"
    place_of(people["Cy"]).registered = False
    keep(Training(person_id=people["Dot"].id, code="Y01", name="Safe", expires_on=day + timedelta(days=60)))
    keep(Training(person_id=people["Ava"].id, code="Y01", name="Safe", expires_on=day - timedelta(days=1)))
    db.session.commit()
    here = f"/units/{unit.id}/members"
    asked = {
        "": ["Ava", "Ben", "Cy", "Dot", "Eve"],
        f"patrol={fox.id}": ["Ava"],
        "patrol=none&q=holm": ["Ben", "Cy", "Dot", "Eve"],
        "position=BUGLER": ["Ben"],
        "registered=no": ["Cy"],
        "form=soon": ["Ben"],
        "form=over": ["Cy"],
        "training=soon": ["Dot"],
        "training=over": ["Ava"],
        "only=account": ["Ben", "Cy"],
        "only=age": ["Eve"],
        "only=former": ["Old"],
        "only=former&q=ava": [],
        "registered=yes&form=over": [],
        "form=nonsense&patrol=nonsense": ["Ava", "Ben", "Cy", "Dot", "Eve"],
    }
    for query, found in asked.items():
        for headers in ({}, HTMX):
            assert names(client.get(f"{here}?{query}", headers=headers).text) == found, query
    page = client.get(f"{here}?position=Bugler&registered=yes").text
    assert '<option value="Bugler" selected>' in page
    assert "export.csv?position=Bugler&amp;registered=yes" in page
    assert "18 since" in client.get(f"{here}?only=age").text


def test_the_form_s_empty_fields_do_not_stay_in_the_address(client, admin, unit):
    here = f"/units/{unit.id}/members"
    sent = client.get(f"{here}?q=Ava&patrol=&position=&only=former")
    assert (sent.status_code, sent.location) == (303, f"{here}?q=Ava&only=former")
    assert client.get(f"{here}?q=Ava&patrol=", headers={"HX-Request": "true"}).status_code == 200


def test_columns_of_ones_choice_are_remembered_and_are_those_of_the_file(client, admin, unit, sign_in, app):
    born = date(now().year - 40, 6, 1)
    make_adult("Bo", "Holm", unit=unit, birth_date=born, email="bo@example.org", phone="555-0101", rank="Eagle")
    child = make_person("Ava", "Holm", unit=unit, phone="555-0199-CHILD", email="child@example.org")
    keep(Training(person_id=child.id, code="Y01", name="Safe", expires_on=date(2027, 1, 2)))
    db.session.commit()
    here = f"/units/{unit.id}/members"
    heads = lambda page: re.findall(r'<th scope="col">([^<]+)</th>', page)  # noqa: E731
    assert heads(client.get(here).text) == ["Name", "Patrol", "Position", "Guardians, or account"]
    done = client.post(f"{here}/columns", data={"columns": ["trainings", "email", "phone", "made-up"], "q": "holm"})
    assert done.location.endswith(f"{here}?q=holm")
    for headers in ({}, HTMX):
        page = client.get(here, headers=headers).text
        assert heads(page) == ["Name", "Trainings", "Email of adults", "Phone of adults"]
        assert "bo@example.org" in page
        assert "CHILD" not in page
        assert "child@example.org" not in page
    rows = list(csv.reader(io.StringIO(client.get(f"{here}/export.csv?q=holm").text.lstrip("\ufeff"))))
    assert rows[0] == [
        "First name",
        "Last name",
        "Preferred name",
        "Youth or adult",
        "Training",
        "Expiration date",
        "Email",
        "Phone",
    ]
    assert [row[0] for row in rows[1:]] == ["Ava", "Bo"]
    assert rows[1][4:] == ["Y01 Safe", "2027-01-02", "", ""]
    # A leader who only reads is shown nothing of it, whatever was chosen.
    leader, other = make_leader(unit), app.test_client()
    keep(MemberColumns(user_id=leader.id, unit_id=unit.id, names=["rank", "email", "phone", "birth_date"]))
    sign_in(other, leader)
    page = other.get(here).text
    assert heads(page) == ["Name", "Rank"]
    assert "bo@example.org" not in page
    assert 'value="email"' not in page
    assert other.get(f"{here}/export.csv").status_code == 403
    assert not {"diet", "allergies", "health"} & {
        word for column in COLUMNS.values() for word in (column.key, *column.headings)
    }


def test_every_column_that_is_shown_is_edited_in_place(client, admin, unit):
    fox = make_patrol(unit, "Fox")
    person = make_adult("Bo", "Holm", unit=unit, email="bo@example.org")
    keep(MemberColumns(user_id=admin.id, unit_id=unit.id, names=list(COLUMNS)))
    db.session.commit()
    here = f"/units/{unit.id}/members/{person.id}"
    version = lambda: re.search(r'name="version"[^>]*value="(\w+)"', client.get(f"{here}/edit", headers=HTMX).text)[1]  # noqa: E731
    form = {
        "first_name": "Bosse", "last_name": "Holm", "preferred_name": "Bo", "patrol_id": str(fox.id), "position": "Scribe|Bugler",
        "member_number": "1300113", "registered": "no", "rank": "Eagle", "since": "9/1/2020", "form_ab_until": "2027-01-31",
        "form_c_until": "", "birth_date": "6/1/1980", "gender": "male", "email": "new@example.org", "phone": "555-0101",
    }  # fmt: skip
    old = version()
    answer = client.post(here, data=form | {"version": old}, headers=HTMX)
    assert answer.status_code == 200
    place = place_of(person)
    db.session.refresh(place)
    db.session.refresh(person)
    assert (person.first_name, person.rank, person.gender, person.email) == (
        "Bosse",
        "Eagle",
        "male",
        "new@example.org",
    )
    assert (person.birth_date, person.form_ab_until, person.version) == (date(1980, 6, 1), date(2027, 1, 31), 2)
    assert (place.patrol_id, place.position, place.member_number, place.registered) == (
        fox.id,
        "Scribe | Bugler",
        "1300113",
        False,
    )
    assert place.since == date(2020, 9, 1)
    # Somebody else was quicker: both values, and nothing is lost.
    late = client.post(here, data=form | {"rank": "Life", "version": old}, headers=HTMX)
    assert late.status_code == 409
    assert "It says now: rank Eagle" in late.text
    assert 'value="Life"' in late.text
    # A column that the form did not have stays as it is.
    assert client.post(here, data={"rank": "Life", "version": version()}, headers=HTMX).status_code == 200
    db.session.refresh(person)
    assert (person.rank, person.first_name, person.email) == ("Life", "Bosse", "new@example.org")
    wrong = client.post(here, data=form | {"email": "nobody", "since": "1/1/2999", "version": version()}, headers=HTMX)
    assert wrong.status_code == 422
    child = make_person("Ava", "Holm", unit=unit, phone="555-0199-CHILD")
    db.session.commit()
    page = client.get(f"/units/{unit.id}/members/{child.id}/edit").text
    assert "CHILD" not in page
    assert 'name="phone"' not in page


def test_two_thousand_members(client, admin, unit, count_statements):
    """Here 2,000, elsewhere 30,000 whose names begin alike: eight statements at most, fifty rows, and an index for every search."""
    units = [unit, *(make_unit() for _ in range(15))]
    # The same 2,000 people in each of the units, which costs a third of other people everywhere.
    db.session.execute(
        text("""
        WITH made AS (
            INSERT INTO people (id, first_name, last_name, kind)
            SELECT gen_random_uuid(), 'Ava' || n % 50, 'Berg' || n, 'youth' FROM generate_series(1, 2000) n
            RETURNING id, lower(first_name) AS first, lower(last_name) AS last)
        INSERT INTO memberships (id, person_id, unit_id, search)
        SELECT gen_random_uuid(), made.id, place, array_to_tsvector(ARRAY[right(place::text, 12) || first, right(place::text, 12) || last])
        FROM unnest(CAST(:ids AS uuid[])) place, made"""),
        {"ids": [str(unit.id) for unit in units]},
    )  # fmt: skip
    db.session.execute(text("ANALYZE memberships, people"))
    keep(MemberColumns(user_id=admin.id, unit_id=unit.id, names=list(COLUMNS)))
    db.session.commit()
    here = f"/units/{unit.id}/members"
    client.get(here)
    for query in ("", "?q=ava7", "?q=berg12&form=over&only=account", "?page=40"):
        with count_statements() as statements:
            page = client.get(here + query).text
        assert len(statements) <= 8, query
        assert page.count('<th scope="row">') <= 50
    assert "Page 40 of 40, 2000 in all" in page
    day = today(unit.time_zone)
    for words in ("ava7", "berg12", "BERG1 ava", "be"):
        compiled = page_statement(unit, day, Wanted(q=words), 1, 50).compile(
            db.engine, compile_kwargs={"literal_binds": True}
        )
        plan = "\n".join(
            db.session.scalars(text("EXPLAIN " + str(compiled).replace(":", r"\:").replace(r"\:\:", "::")))
        )
        assert "ix_memberships_search" in plan, plan
        assert "Seq Scan on memberships" not in plan, plan
    assert len(conditions(unit.id, Wanted(q="_"), day)) == 3


def test_the_age_of_eighteen(client, admin, unit):
    day = today(unit.time_zone)
    grown = make_person("Eve", "Holm", unit=unit, birth_date=day.replace(year=day.year - 19, day=1))
    child = make_person("Ava", "Holm", unit=unit)
    db.session.commit()
    here = f"/units/{unit.id}/members"
    assert "Make an adult member" in client.get(here).text
    assert client.post(f"{here}/{child.id}/adult").status_code == 422
    assert client.post(f"{here}/{grown.id}/adult").status_code == 303
    assert client.post(f"{here}/{grown.id}/adult").status_code == 303
    db.session.expire_all()
    assert db.session.get_one(Person, grown.id).kind == "adult"
    assert "Make an adult member" not in client.get(here).text
    assert db.session.scalars(select(Guardian)).all() == []
