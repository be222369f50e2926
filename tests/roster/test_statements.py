"""What the pages ask of the database does not grow with the number of people."""

import pytest

from tests.roster.helpers import HTMX, many, put_on, url, youth

MOST = 8


def counted(client, count_statements, path, headers=None):
    client.get(path, headers=headers)  # what is asked once for each process
    with count_statements() as statements:
        assert client.get(path, headers=headers).status_code == 200
    return statements


@pytest.mark.parametrize("seats", [2, None])  # overbooked, and without a limit
def test_every_page_takes_a_fixed_number(troop, desk, count_statements, seats):
    troop.outing.youth_seats = seats
    row = put_on(troop.outing, youth(troop.unit, "Ben"), overbook_reason="a reason")
    paths = [
        "",
        "?show=waiting",
        "?show=cancelled",
        "?q=scout",
        ".csv",
        "/add",
        "/add?q=s",
        f"/{row.id}",
        f"/{row.id}/edit",
    ]
    asked = {}
    for people in (10, 500):
        many(troop.outing, troop.unit, people)
        youth(troop.unit, f"Free{people}")
        for path in paths:
            number = len(counted(desk, count_statements, url(troop.outing) + path))
            assert number <= MOST, path
            assert asked.setdefault(path, number) == number, path


def test_saving_a_row_takes_a_fixed_number(troop, desk, count_statements):
    asked = []
    for people in (10, 500):
        many(troop.outing, troop.unit, people)
        ben = put_on(troop.outing, youth(troop.unit, f"Ben{people}"))
        with count_statements() as statements:
            data = {"version": 1, "state": "confirmed", "note": "x"}
            assert desk.post(url(troop.outing, ben), data=data, headers=HTMX).status_code == 200
        asked.append(len(statements))
    assert asked[0] == asked[1]
    assert asked[0] <= 20
