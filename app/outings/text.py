"""Plain text that somebody wrote, made ready to print line by line; the template escapes it."""

import re


def paragraphs(text: str) -> list[list[str]]:
    """Paragraphs, which an empty line parts, as lists of lines."""
    return [block.split("\n") for block in re.split(r"\n\s*\n", text.strip()) if block]
