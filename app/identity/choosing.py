"""What a new password must be like: long, and nothing that somebody would try first. No rules on its composition."""

import gzip
import re
from functools import cache
from pathlib import Path

from app.errors import RuleBroken

SHORTEST, LONGEST = 12, 128  # characters; ASVS 5.0, 6.2
COMMON = Path(__file__).with_name("common_passwords.txt.gz")  # its licence stands beside it
SITE_WORDS = ("Scouting Outing", "Outing Manager")
SHORTEST_WORD = 4  # letters of a name that are too few to give anything away


def check_new(password: str, own_words: tuple[str | None, ...] = (), field: str = "password") -> None:
    """Refuse a password that is too short or too long, common, or that holds the account's own words or the site's name.

    Raises:
        RuleBroken: with the sentence to show beside ``field``.
    """
    if len(password) < SHORTEST:
        raise RuleBroken(f"Use at least {SHORTEST} characters; a few words in a row are easy to keep.", field)
    if len(password) > LONGEST:
        raise RuleBroken(f"Use at most {LONGEST} characters.", field)
    if len(set(password.casefold())) < 4:
        raise RuleBroken("That repeats itself too much. Choose another.", field)
    bare = bare_of(password)
    if any(word in bare for word in (*words_of(*own_words), *map(bare_of, SITE_WORDS))):
        raise RuleBroken(
            "Your name, your email or the name of this site is the first thing that somebody would try. Leave them out.",
            field,
        )
    if is_common(password):
        raise RuleBroken("That is one of the passwords that everybody tries first. Choose another.", field)


def is_common(password: str) -> bool:
    """Whether it is one that leaks show often, in any case, also with digits and signs around it or said twice."""
    folded = password.casefold()
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", folded)
    half = folded[: len(folded) // 2]
    return not common_passwords().isdisjoint({folded, core} | ({half} if folded == half * 2 else set()))


@cache
def common_passwords() -> frozenset[str]:
    """The list, read once."""
    return frozenset(gzip.decompress(COMMON.read_bytes()).decode().casefold().split())


def words_of(*texts: str | None) -> set[str]:
    """An email's name, a username, the parts of a name, bare of everything but letters and digits."""
    words = {bare_of(word) for text in texts if text for word in (text, *re.split(r"[\s@.,_+-]+", text.split("@")[0]))}
    return {word for word in words if len(word) >= SHORTEST_WORD}


def bare_of(text: str) -> str:
    """Letters and digits in lower case."""
    return re.sub(r"[\W_]", "", text.casefold())
