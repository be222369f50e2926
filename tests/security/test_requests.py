"""Requests that no browser sends."""

import io

import pytest

from tests.routes.forms import FORMS
from tests.routes.planting import quoted
from tests.routes.table import ROWS, endpoint_of
from tests.routes.world import browser_of
from tests.security.helpers import EVERY, FORM, HTMX, POSTS, who_may

OVERSIZE = b"x" * (1024 * 1024 + 1)


@pytest.mark.parametrize("row", [row for row in ROWS if row.method == "GET" and "static" not in row.address], ids=str)
def test_rubbish_in_an_address_is_no_accident(row, world, app, heard):
    client = browser_of(world, "site_admin", app)
    path = row.address.format_map(world.ids).partition("?")[0]
    names = ("q", "page", "show", "when", "who", "done", "next")
    for text in ("-1", "9" * 30, "٣", "1.5", "\ud800", "\0", "x" * 5000, "' OR 1=1 --"):
        heard.clear()
        answer = client.get(f"{path}?{'&'.join(f'{name}={quoted(text)}' for name in names)}")
        # Nothing but a refusal of what it says, unless a site admin may not open that page anyway.
        assert str(answer.status_code) in {"200", "303", "400", "404", "410", row.expected["site_admin"]}, text[:60]
        if not heard.intersection((*names, EVERY)):
            break  # nobody listens, so another word would make no difference


def test_what_is_no_form_and_a_file_where_none_is_asked_for_are_refused(world, app):
    for row in POSTS:
        client, path = browser_of(world, who_may(row), app), row.address.format_map(world.ids)
        for body in ('["a"]', '{"title": "a\\u0000b"}', "null", "{"):
            assert client.post(path, data=body, content_type="application/json").status_code == 415, row
        for name in ("title", "first_name", "csrf_token"):
            assert client.post(path, data={name: (io.BytesIO(b"x"), "x.csv")}).status_code == 400, row


def test_a_part_without_a_name_is_refused_before_anybody_looks_for_a_token(world, app, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    for disposition in ("form-data", 'form-data; filename="x"', 'form-data; name="'):
        body = f"--x\r\nContent-Disposition: {disposition}\r\n\r\nx\r\n--x--\r\n"
        answer = app.test_client().post("/login", data=body, content_type="multipart/form-data; boundary=x")
        assert answer.status_code == 400, disposition


def test_a_body_that_is_too_large_is_a_page(world, app):
    for row in POSTS:
        client, path = browser_of(world, who_may(row), app), row.address.format_map(world.ids)
        # Where files are taken, the limit is another one.
        limit = getattr(app.view_functions[endpoint_of(app, "POST", path)], "largest_body", 0)
        body = b"title=" + OVERSIZE + b"x" * limit
        answer = client.post(path, data=body, content_type=FORM)
        assert answer.status_code == 413, row
        assert "That is too large" in answer.text
        answer = client.post(path, data=body, content_type=FORM, headers=HTMX)
        assert (answer.status_code, answer.headers["HX-Reswap"]) == (413, "none")


def test_a_cookie_that_nobody_here_sets_and_a_host_that_is_none_are_no_accident(world, app):
    client = app.test_client(use_cookies=False)
    for value in ("|\xf1\x90", "x|Zo\xeb", "|"):
        answer = client.get("/family", headers={"Cookie": f"remember_token={value}"})
        assert answer.status_code == 303, value
    for host in ("R" * 64, "a." * 200, "9" * 300):
        answer = app.test_client().get("/login", headers={"Host": host})
        assert answer.status_code in (200, 400), host
        assert host not in answer.text


def test_cookies_are_for_the_server_alone(world, app):
    client = app.test_client()
    form = FORMS["identity.login"](world, "nobody") | {"remember": "1"}
    cookies = client.post("/login", data=form).headers.getlist("Set-Cookie")
    assert {cookie.partition("=")[0] for cookie in cookies} == {"session", "known"}
    for cookie in cookies:
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "Domain" not in cookie
