"""Reading one setting of an environment, and saying what is wrong with it."""

import re
from collections.abc import Mapping


class ConfigError(RuntimeError):
    """The environment is wrong; the message is one sentence that says what to set."""


def words(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    """Several, separated by commas."""
    return tuple(word.strip() for word in env.get(name, "").split(",") if word.strip())


def one_of(env: Mapping[str, str], name: str, choices: tuple[str, ...], default: str) -> str:
    """One of ``choices``, whatever its case."""
    text = env.get(name, "").strip() or default
    for choice in choices:
        if text.lower() == choice.lower():
            return choice
    raise ConfigError(f"{name} is {text!r}; set it to one of {', '.join(choices)}.")


def seconds(env: Mapping[str, str], name: str, default: float) -> float:
    """With up to three decimals."""
    text = env.get(name, "").strip() or str(default)
    if not re.fullmatch(r"\d{1,4}(\.\d{1,3})?", text, re.ASCII):
        raise ConfigError(f"{name} is {text!r}; it takes seconds, such as 2 or 1.5.")
    return float(text)


def yes_or_no(env: Mapping[str, str], name: str, default: bool) -> bool:
    """1 or 0."""
    text = env.get(name, "").strip()
    if text not in ("", "0", "1"):
        raise ConfigError(f"{name} is {text!r}; it takes 1 for yes or 0 for no.")
    return text == "1" if text else default


def whole_number(env: Mapping[str, str], name: str, default: int, *, least: int = 0, most: int = 99_999) -> int:
    """Of plain digits. So many days are 273 years, further back than which calendars get tedious."""
    text = env.get(name, "").strip() or str(default)
    if not text.isascii() or not text.isdigit():
        raise ConfigError(f"{name} is {text!r}; it takes a whole number.")
    if len(text.lstrip("0")) > len(str(most)) or int(text) > most:
        raise ConfigError(f"{name} is {text}; it takes {most} at most.")
    if int(text) < least:
        raise ConfigError(f"{name} is {text}; it takes {least} or more.")
    return int(text)


def port(env: Mapping[str, str], name: str, default: int) -> int:
    """Of TCP."""
    return whole_number(env, name, default, most=65_535)
