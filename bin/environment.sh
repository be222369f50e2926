# Read by bin/run and bin/test, from the top folder: "prepare FILE..." makes a .venv with what the requirement files pin.

# Python keeps what it has compiled, whatever a container's environment says: many processes start here, and each would compile everything.
unset PYTHONDONTWRITEBYTECODE

fail() {
    echo "$1" >&2
    exit 1
}

# The first Python that is new enough and has its venv module. The system's comes first: distributions build theirs for speed, and one that
# was compiled at home often takes a quarter longer for the same. (macOS has an old one, which is passed over.)
find_python() {
    incomplete=
    for candidate in ${PYTHON:-/usr/bin/python3 python3 python3.14 python3.13 python3.12 python3.11}; do
        "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue
        if "$candidate" -c 'import venv, ensurepip' 2>/dev/null; then
            echo "$candidate"
            return
        fi
        incomplete=yes
    done
    [ -z "$incomplete" ] ||
        fail "Python's venv module is missing: install it (on Debian and Ubuntu: apt install python3-venv)."
    fail "Python 3.11 or newer is needed: install it, or set PYTHON to where it is."
}

add_pip() {
    .venv/bin/python bin/unpack_pip.py 2>/dev/null || .venv/bin/python -m ensurepip >/dev/null
}

make_venv() {
    python=$(find_python)
    rm -rf .venv
    { "$python" -m venv --without-pip .venv && add_pip; } || fail "Python could not make .venv; its message stands above."
    # Programs in a .venv know its full path, so one in a folder that was moved must be made anew.
    (cd .venv && pwd -P) >.venv/place
}

prepare() {
    if ! .venv/bin/python -c '' 2>/dev/null || [ "$(cat .venv/place 2>/dev/null)" != "$(cd .venv && pwd -P)" ]; then
        make_venv
    fi
    missing=
    for file; do
        cmp -s "$file" ".venv/$file" || missing="$missing -r $file" # the copy says what was installed last
    done
    [ -n "$missing" ] || return 0
    echo "Installing packages into .venv; this is done once."
    # Unquoted: one word for each file.
    # shellcheck disable=SC2086
    install_into .venv $missing || fail "The packages could not be installed; pip says above why (often: no network)."
    for file; do
        cp "$file" ".venv/$file"
    done
}

# What the tests need: all of it.
prepare_for_tests() {
    prepare requirements.txt requirements-local.txt requirements-dev.txt
}

# install_into ENVIRONMENT OPTION... -r FILE...: by uv, which takes a tenth of pip's time; by pip where uv cannot (no wheel for this system, a proxy
# or certificates that only pip knows of). The same files with the same hashes either way.
install_into() {
    environment=$1
    shift
    if install_uv && .venv/bin/uv pip install --quiet --python "$environment" --require-hashes "$@" 2>/dev/null; then
        return
    fi
    .venv/bin/python -m pip --python "$environment" install --quiet --disable-pip-version-check --require-hashes "$@"
}

install_uv() {
    if ! cmp -s requirements-uv.txt .venv/requirements-uv.txt; then
        .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements-uv.txt 2>/dev/null ||
            return 1
        cp requirements-uv.txt .venv/
    fi
    # A mirror that pip was told of is meant for all.
    mirror=${PIP_INDEX_URL:-$(.venv/bin/python -m pip config get global.index-url 2>/dev/null || true)}
    [ -z "$mirror" ] || export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-$mirror}"
}
