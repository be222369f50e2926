"""The OpenID provider that a site has set up (OIDC_ISSUER): code flow with state, nonce and PKCE, spoken by Authlib."""

from typing import TYPE_CHECKING, Any

from flask import current_app, url_for

from app.errors import NotFound, RuleBroken

if TYPE_CHECKING:
    from authlib.integrations.flask_client import FlaskOAuth2App

ALGORITHMS = ["RS256", "PS256", "ES256"]  # what is signed with a secret that we share proves nothing to others
TIMEOUT = 5  # seconds for each question to the provider


class ProviderFailed(RuleBroken):
    """The provider does not answer, or what it says does not hold. Nobody is told more than that."""

    status = 502


def client() -> "FlaskOAuth2App":
    """Authlib's client for the provider; made once for each process.

    Raises:
        NotFound: the site has none.
    """
    config = current_app.config
    if not config["OIDC_ISSUER"]:
        raise NotFound
    # Authlib and what it needs take 8 MB, which a site without a provider need not have.
    from authlib.integrations.flask_client import FlaskOAuth2App, OAuth

    made: dict[str, FlaskOAuth2App] = current_app.extensions.setdefault("oidc", {})
    if config["OIDC_ISSUER"] not in made:
        made[config["OIDC_ISSUER"]] = OAuth(current_app).register(
            "oidc",
            client_id=config["OIDC_CLIENT_ID"],
            client_secret=config["OIDC_CLIENT_SECRET"],
            server_metadata_url=config["OIDC_ISSUER"].rstrip("/") + "/.well-known/openid-configuration",
            client_kwargs={"scope": "openid", "code_challenge_method": "S256", "default_timeout": TIMEOUT},
        )
    return made[config["OIDC_ISSUER"]]


def load(found: "FlaskOAuth2App") -> None:
    """What the provider says of itself, held to what we know of it.

    Raises:
        ProviderFailed: it names itself otherwise.
    """
    metadata = found.load_server_metadata()
    if metadata.get("issuer") != current_app.config["OIDC_ISSUER"]:
        raise ProviderFailed(failed())
    metadata["id_token_signing_alg_values_supported"] = ALGORITHMS


def begin() -> str:
    """Where the browser goes to show who it is. State, nonce and the key of PKCE lie in its session.

    Raises:
        NotFound: the site has no provider. ProviderFailed: it does not answer.
    """
    found = client()
    back = current_app.config["SITE_URL"] + url_for("identity.provider_answer")
    try:
        load(found)
        made: dict[str, Any] = found.create_authorization_url(back)
    except failures() as failure:
        raise ProviderFailed(failed()) from failure
    found.save_authorize_data(redirect_uri=back, **made)
    return str(made["url"])


def answer() -> tuple[str, str]:
    """Issuer and subject of whoever comes back, once the code is exchanged and the token's signature, nonce, audience and time hold.

    Raises:
        NotFound: the site has no provider. ProviderFailed: anything is wrong with it.
    """
    found = client()
    try:
        load(found)
        claims = found.authorize_access_token(leeway=60).get("userinfo")
    except failures() as failure:
        raise ProviderFailed(failed()) from failure
    if not claims or not claims.get("sub"):
        raise ProviderFailed(failed())
    return str(claims["iss"]), str(claims["sub"])


def failures() -> tuple[type[Exception], ...]:
    """Everything that the libraries raise about a provider that does not answer, or not as it should."""
    from authlib.common.errors import AuthlibBaseError
    from joserfc.errors import JoseError
    from requests import RequestException

    return AuthlibBaseError, JoseError, RequestException, ValueError, RuntimeError, KeyError


def failed() -> str:
    """What people read."""
    return f"{current_app.config['OIDC_NAME']} did not tell us who you are. Try again, or sign in another way."
