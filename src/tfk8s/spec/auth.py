"""Who may ask through the front, and how much: keys, tokens, Google accounts, limits."""

from __future__ import annotations

import re
from typing import Annotated, Literal, TypeAlias, Union

from pydantic import AfterValidator, Discriminator, Field, Tag
from pydantic_core import PydanticCustomError

from tfk8s.spec.fields import ObjectName, Size
from tfk8s.spec.part import Part

HEADER = r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?\Z"
TAKEN_HEADERS = frozenset(
    {"authorization", "connection", "content-length", "content-type", "cookie", "host", "te", "transfer-encoding"}
)
"""What clients and proxies say in these is something else than a key."""

DEFAULT_HEADER = "x-api-key"
ISSUER = r"[!-~]{1,253}\Z"
JWKS_URI = r"https://[!-~]{1,245}\Z"
"""Envoy Gateway fetches keys over HTTPS alone, and takes no longer text."""

CLIENT_ID = r"[0-9a-z-]{1,200}\.apps\.googleusercontent\.com\Z"


def _header(text: str) -> str:
    if not re.match(HEADER, text) or text in TAKEN_HEADERS:
        message = (
            "{text} cannot be the header of keys: write lower-case letters, digits and dashes, such as x-api-key, and "
            "none that has a meaning of its own"
        )
        raise PydanticCustomError("header", message, {"text": text})
    return text


def _issuer(text: str) -> str:
    if not re.match(ISSUER, text):
        message = "{text} is no issuer or audience: it is one word of at most 253 characters, as in the token"
        raise PydanticCustomError("issuer", message, {"text": text})
    return text


def _jwks_uri(text: str) -> str:
    if not re.match(JWKS_URI, text):
        message = "{text} is no address of public keys: write https://..., at most 253 characters"
        raise PydanticCustomError("jwks", message, {"text": text})
    return text


def _client_id(text: str) -> str:
    if not re.match(CLIENT_ID, text):
        # What was written may be the client's secret: it is not repeated.
        message = "is no id of an OAuth client, which ends in .apps.googleusercontent.com; its secret stays in a Secret"
        raise PydanticCustomError("client_id", message)
    return text


Issuer: TypeAlias = Annotated[str, AfterValidator(_issuer)]


class ApiKeysSpec(Part):
    """Keys that clients send with each request; `tfk8s keys` makes, rotates and revokes them."""

    secret_name: ObjectName | None = None
    """The Secret in the service's namespace that holds the keys. Default: the service's name with `-keys`."""

    header: Annotated[str, AfterValidator(_header)] = DEFAULT_HEADER
    """The header, and over gRPC the metadata, that clients send the key in. Default: x-api-key."""


class JwtSpec(Part):
    """Tokens of an OpenID Connect provider that clients send as `Authorization: Bearer TOKEN`."""

    issuer: Issuer
    """Who signs the tokens: their `iss`, as `https://accounts.google.com`."""

    audiences: Annotated[tuple[Issuer, ...], Field(min_length=1, max_length=8)]
    """Whom the tokens are for: one of these must be in their `aud`, so that a token for another service does not
    open this one."""

    jwks_uri: Annotated[str, AfterValidator(_jwks_uri)] | None = None
    """Where the issuer publishes its public keys, as `https://www.googleapis.com/oauth2/v3/certs`."""

    jwks_config_map: ObjectName | None = None
    """A ConfigMap in the service's namespace whose entry `jwks` has the public keys, in place of `jwksUri`."""


class IapSpec(Part):
    """Google accounts that Identity-Aware Proxy lets in: those with the role roles/iap.httpsResourceAccessor."""

    client_id: Annotated[str, AfterValidator(_client_id)] | None = None
    """The OAuth client of a Gateway, as `1234-abc.apps.googleusercontent.com`. An Ingress reads it from the Secret."""

    secret_name: ObjectName | None = None
    """A Secret in the service's namespace with the OAuth client's secret; it is named here and never written. A
    Gateway reads its entry `key`, an Ingress `client_id` and `client_secret`. Default: for an Ingress Google's own
    client, for accounts of the project's organization; a Gateway has no default."""


class AuthSpec(Part):
    """What a client must show; exactly one of these."""

    api_keys: ApiKeysSpec | None = None
    """A key of the service's own, as `{}`."""

    jwt: JwtSpec | None = None
    """A token of an issuer, as `{issuer: ..., audiences: [...], jwksUri: ...}`."""

    iap: IapSpec | None = None
    """A Google account that IAM lets in, as `{}` or `{clientId: ..., secretName: ...}`; for an Ingress or a Gateway of
    GKE."""


def _auth_tag(value: object) -> str | None:
    if isinstance(value, (dict, AuthSpec)):
        return "auth-proof"
    return "auth-none" if value == "none" else None


Auth: TypeAlias = Annotated[
    Union[Annotated[Literal["none"], Tag("auth-none")], Annotated[AuthSpec, Tag("auth-proof")]],
    Discriminator(
        _auth_tag, custom_error_type="auth", custom_error_message="must be none, or a map with apiKeys, jwt or iap"
    ),
]


class LimitsSpec(Part):
    """How much gets through the front."""

    requests_per_second: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """Requests of one kind (predict, classify, regress, the others) that each proxy lets through in a second; the
    next are refused with 429. Default: any number."""

    request_size: Size | None = None
    """Largest request, in bytes, as `8Mi`; larger ones are refused with 413. The proxy then holds each request in
    its memory until it is whole. Default: any size."""
