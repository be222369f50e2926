"""Many browsers in one process of its own: each asks, reads, hangs up and asks again, until a line comes in.

Prints status and seconds of each answer; 0 is a connection that was cut off, or no answer in 10 s.
"""

import contextlib
import selectors
import socket
import sys
import time

KNOCK = b"GET /login HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n\r\n"
GIVE_UP = 10.0  # seconds


class Browser:
    """One connection and what it has said so far."""

    def __init__(self, port: int) -> None:
        self.began, self.said, self.asked = time.monotonic(), b"", False
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.connect_ex(("127.0.0.1", port))

    def go_on(self) -> bool:
        """Whether that was the end."""
        try:
            if not self.asked:
                self.socket.sendall(KNOCK)
                self.asked = True
                return False
            part = self.socket.recv(1 << 16)
        except OSError:
            return True
        self.said += part
        return not part


def main(port: int, number: int) -> None:
    """All of them, in one selector."""
    selector = selectors.DefaultSelector()
    selector.register(sys.stdin, selectors.EVENT_READ)
    browsers: set[Browser] = set()

    def come() -> None:
        browser = Browser(port)
        browsers.add(browser)
        selector.register(browser.socket, selectors.EVENT_WRITE, browser)

    def leave(browser: Browser) -> None:
        print(browser.said[9:12].decode() or 0, time.monotonic() - browser.began)
        browsers.discard(browser)
        with contextlib.suppress(KeyError):
            selector.unregister(browser.socket)
        browser.socket.close()

    enough = False
    while not enough or browsers:
        while not enough and len(browsers) < number:
            come()
        for key, _ in selector.select(0.5):
            if key.data is None:
                enough = True
                selector.unregister(sys.stdin)
            elif key.data.go_on():
                leave(key.data)
            else:
                selector.modify(key.data.socket, selectors.EVENT_READ, key.data)
        for browser in [one for one in browsers if time.monotonic() - one.began > GIVE_UP]:
            browser.said = b""
            leave(browser)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
