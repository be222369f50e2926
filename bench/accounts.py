"""Signing in as a browser does, once for each account; afterwards every request carries what that left behind."""

import http.client
import re
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import NamedTuple

from bench.ask import Ask
from bench.seed import Scene

COOKIE = "__Host-session"
TOKEN = re.compile(rb'name="csrf_token"[^>]* value="([^"]+)"')
# In production the cookie is for TLS only: the proxy in front says that there is some. A POST over TLS names its page.
OF_PROXY = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1", "Referer": "https://localhost/"}
AT_ONCE = (
    2  # an argon2 hash keeps a core busy for some 80 ms, and a process lets no more than half of its threads do that
)


class Answer(NamedTuple):
    """Of either way to send."""

    status: int
    cookies: list[str]
    location: str
    body: bytes

    def fault(self, ask: Ask) -> str | None:
        """What is wrong with it as the answer to ``ask``, or None."""
        return ask.fault(self.status, self.location.encode() + self.body)


Send = Callable[[Ask], Answer]


@dataclass(frozen=True)
class Account:
    """Somebody who has signed in. The token belongs to the session and holds as long."""

    cookie: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        """For each request."""
        return OF_PROXY | {"Cookie": f"{COOKIE}={self.cookie}"}


def over_http(port: int) -> Send:
    """Send to a site that is served."""

    def send(ask: Ask) -> Answer:
        while (answer := once(ask)).status == 503:  # somebody else is at work on this machine
            time.sleep(0.2)
        return answer

    def once(ask: Ask) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        headers = {"Host": "localhost", **ask.headers}
        if ask.form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(ask.method, ask.path, ask.body or None, headers)
        response = connection.getresponse()
        cookies, location = response.headers.get_all("Set-Cookie") or [], response.headers.get("Location", "")
        answer = Answer(response.status, cookies, location, response.read())
        connection.close()
        return answer

    return send


def sign_in(send: Send, email: str, password: str) -> Account:
    """Through the sign-in page; the page after it gives the session its token."""
    cookie, token = fresh(send(Ask("/login", OF_PROXY)), email)
    form = [("csrf_token", token), ("login", email), ("password", password)]
    entered = send(Ask("/login", Account(cookie, token).headers, form))
    if entered.status != 303:
        raise RuntimeError(f"{email} cannot sign in: {entered.status}")
    session = cookie_of(entered)
    cookie, token = fresh(send(Ask("/account", OF_PROXY | {"Cookie": f"{COOKIE}={session}"})), email)
    return Account(cookie, token)


def sign_in_all(send: Send, scene: Scene, emails: Iterable[str]) -> list[Account]:
    """Several at once."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda email: sign_in(send, email, scene.password), emails))


def fresh(answer: Answer, email: str) -> tuple[str, str]:
    """The cookie and the token that a page has set."""
    found = TOKEN.search(answer.body)
    if answer.status != 200 or not found:
        raise RuntimeError(f"no page with a form for {email}: {answer.status}")
    return cookie_of(answer), found[1].decode()


def cookie_of(answer: Answer) -> str:
    """The session's new value."""
    for header in answer.cookies:
        jar = SimpleCookie(header)
        if COOKIE in jar:
            return jar[COOKIE].value
    raise RuntimeError("the answer sets no session")
