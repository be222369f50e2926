"""Does the site in this container answer? Exit code 0 when it does. It needs the standard library only."""

import http.client
import os
import sys

# The site answers only to its own names; .example.org stands for that name and all below it.
HOST = os.environ.get("TRUSTED_HOSTS", "").split(",")[0].strip().lstrip(".") or "localhost"


def main() -> int:
    """Ask /healthz."""
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ.get("PORT", "5000")), timeout=4)
    try:
        connection.request("GET", "/healthz", headers={"Host": HOST})
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        print(f"/healthz does not answer: {error}", file=sys.stderr)
        return 1
    if status != 200:
        print(f"/healthz answers {status}", file=sys.stderr)
    return 0 if status == 200 else 1


if __name__ == "__main__":
    sys.exit(main())
