"""Who may see and change the members of a unit, at every address."""

import uuid

import pytest

from app.units.models import RoleName
from tests.factories import make_adult, make_family, make_leader, make_person, make_unit, make_user
from tests.members.helpers import membership, url

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
