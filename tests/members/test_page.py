"""The page of a unit's members: whom it shows, whom it finds, and what it offers to whom."""

import re

import pytest

from app.families.models import GuardianProposal
from tests.factories import keep, make_adult, make_leader, make_patrol, make_person, make_user, together
from tests.members.helpers import HTMX, url


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
