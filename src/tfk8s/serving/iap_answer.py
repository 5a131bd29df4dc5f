"""Answers of Google's Identity-Aware Proxy: it marks its own, and leads people to a page to sign in.

A client that says it takes pages is sent to accounts.google.com with 302, any other and every POST gets 401; who is
known and not let in gets 403: https://cloud.google.com/iap/docs/faq,
https://cloud.google.com/iap/docs/authentication-howto.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

_MARK: Final = "X-Goog-IAP-Generated-Response"
_SIGN_IN: Final = "accounts.google.com"

_SHOW: Final = (
    "Identity-Aware Proxy asks for a Google account: give --token-file with an ID token for its OAuth client, or with "
    "a JWT that a service account signed for this URL; with Google's own client it takes the latter alone"
)
_ROLE: Final = (
    "Identity-Aware Proxy knows the account and does not let it in: give it roles/iap.httpsResourceAccessor on the "
    "backend service (gcloud iap web add-iam-policy-binding); it takes a few minutes to hold"
)
_HINTS: Final = {401: _SHOW, 403: _ROLE}


def is_of_iap(status: int, headers: Mapping[str, str]) -> bool:
    """Whether Identity-Aware Proxy answered, and nobody behind it."""
    leads_to = urlsplit(headers.get("Location", "")).hostname if status in (302, 303, 307) else None
    return headers.get(_MARK, "").lower() == "true" or leads_to == _SIGN_IN


def iap_hint(status: int) -> str | None:
    """What to do about a refusal of Identity-Aware Proxy; a redirect is its 401 for people."""
    return _HINTS.get(iap_status(status))


def iap_status(status: int) -> int:
    """The status that a client of the API means by it."""
    return 401 if status in (302, 303, 307) else status
