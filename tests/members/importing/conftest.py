"""The unit of the small roster, and its admin who brings a file in the browser."""

import io

import pytest

from tests.factories import make_unit


@pytest.fixture
def unit(db_session):
    return make_unit("Troop 5")


@pytest.fixture
def bring(client, unit, admin):
    """``bring(bytes)`` sends a file and follows to the plan; returns the address and the page."""

    def bring(content, name="roster.csv"):
        sent = client.post(f"/units/{unit.id}/import", data={"file": (io.BytesIO(content), name)})
        assert sent.status_code == 303, sent.text
        return sent.location, client.get(sent.location)

    return bring
