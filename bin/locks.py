"""Files that are held while somebody is at work. A lock that its owner did not survive is gone with him."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path


def take(path: Path, how: int) -> int | None:
    """Lock a file as ``flock`` has it; closing the descriptor that comes back frees it. Nothing when somebody else holds it and
    ``how`` does not wait.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, how)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


@contextlib.contextmanager
def held(path: Path) -> Iterator[None]:
    """For the time of a block; it waits until the file is free."""
    descriptor = take(path, fcntl.LOCK_EX)
    assert descriptor is not None, "without LOCK_NB it waits"
    try:
        yield
    finally:
        os.close(descriptor)
