"""The two steps of signing in, and a code that fits."""

from datetime import timedelta

import pyotp

from app.clock import now
from tests.factories import PASSWORD

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def code(seconds=0, secret=SECRET):
    return pyotp.TOTP(secret).at(now() + timedelta(seconds=seconds))


def first_step(client, **values):
    return client.post("/login", data={"login": "marit", "password": PASSWORD} | values)


def second_step(client, typed):
    return client.post("/login/second", data={"code": typed})
