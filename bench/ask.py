"""A request, and what its right answer is like."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

SHOWN = 200  # characters of a wrong answer


@dataclass(frozen=True)
class Ask:
    """One request, and what a right answer to it has."""

    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    form: list[tuple[str, str]] | None = None
    statuses: tuple[int, ...] = (200,)
    marker: bytes = b""

    @property
    def method(self) -> str:
        """A form is posted."""
        return "GET" if self.form is None else "POST"

    @property
    def body(self) -> bytes:
        """The form as a browser sends it."""
        return urlencode(self.form or []).encode()

    def wire(self) -> bytes:
        """The bytes to send."""
        headers = {"Host": "localhost", **self.headers}
        if self.form is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Content-Length": str(len(self.body))}
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"{self.method} {self.path} HTTP/1.1\r\n{lines}\r\n".encode() + self.body

    def fault(self, status: int, answer: bytes) -> str | None:
        """What is wrong with an answer, or None."""
        if status in self.statuses and self.marker in answer:
            return None
        return f"{self.method} {self.path}: {status}, {answer[-SHOWN:].decode(errors='replace')}"
