"""Somebody who signs tokens, as an OpenID Connect provider does, and the public keys that he publishes."""

from __future__ import annotations

import base64
import time
from dataclasses import dataclass, field

import google.auth.crypt
import google.auth.jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tfk8s.manifest import JsonObject

_KEY_ID = "k1"


def _private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """One who signs with a key of his own."""

    name: str
    key: rsa.RSAPrivateKey = field(default_factory=_private_key, repr=False)

    def published(self) -> JsonObject:
        """The public keys as a JSON Web Key Set."""
        numbers = self.key.public_key().public_numbers()
        key: JsonObject = {"kty": "RSA", "alg": "RS256", "use": "sig", "kid": _KEY_ID}
        return {"keys": [{**key, "n": _encoded(numbers.n), "e": _encoded(numbers.e)}]}

    def token(self, *, audience: str, seconds: float = 600) -> str:
        """A token that is good for so long; it has expired when that is negative."""
        pem = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        signer = google.auth.crypt.RSASigner.from_string(pem.decode(), key_id=_KEY_ID)
        now = int(time.time())
        claims = {"iss": self.name, "aud": audience, "sub": "somebody", "iat": now - 3600, "exp": now + int(seconds)}
        encoded: bytes = google.auth.jwt.encode(signer, claims)
        return encoded.decode()


def _encoded(number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes((number.bit_length() + 7) // 8, "big")).decode().rstrip("=")
