"""The world of ``tests/routes``, and a way to send its forms with a change."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from tests.one_transaction import Undone
from tests.routes.forms import FORMS
from tests.routes.planting import encoded
from tests.routes.table import Row, endpoint_of
from tests.routes.world import InhabitedSite, World, browser_of
from tests.security.helpers import FORM, Heard, who_may


@pytest.fixture(scope="session")
def app(inhabited_site: InhabitedSite) -> Flask:
    return inhabited_site.app


@pytest.fixture
def world(inhabited_site: InhabitedSite, db_session: Any) -> World:
    return inhabited_site.world()


@pytest.fixture
def heard(app: Flask, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The names of the fields that pages have asked for; clear it before a request."""
    monkeypatch.setattr(app.request_class, "parameter_storage_class", Heard)
    monkeypatch.setattr(Heard, "names", names := set())
    return names


@pytest.fixture
def post(app: Flask, world: World, undone: Undone) -> Callable[..., Any]:
    """``post(row, change)`` sends the honest form after ``change(form)``; whatever it did is undone at once."""

    def post(row: Row, change: Callable[[dict[str, Any]], None], look: Callable[[], Any] = dict, **more: Any) -> Any:
        path, who = row.address.format_map(world.ids), who_may(row)
        with undone():
            form = dict(FORMS[endpoint_of(app, "POST", path)](world, who))
            change(form)
            client = browser_of(world, who, app)
            return client.post(path, data=encoded(form), content_type=FORM, **more), look()

    return post
