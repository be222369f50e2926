"""Short words for what the tests of this room ask over and over."""


def inside(client):
    return client.get("/account").status_code == 200
