"""Put the pip that Python brings along into this environment, by unpacking its wheel.

``python -m venv`` would install it, which takes twenty times as long, and nearly as long as everything that it is needed for.
"""

import ensurepip
import sysconfig
import zipfile
from pathlib import Path

# Distributions keep it in a folder of their own.
FOLDERS = (sysconfig.get_config_var("WHEEL_PKG_DIR"), Path(ensurepip.__file__).with_name("_bundled"))


def unpack_pip() -> None:
    """Fails with StopIteration where no wheel is found."""
    wheel = next(wheel for folder in FOLDERS if folder for wheel in Path(folder).glob("pip-*.whl"))
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(sysconfig.get_path("purelib"))


if __name__ == "__main__":
    unpack_pip()
