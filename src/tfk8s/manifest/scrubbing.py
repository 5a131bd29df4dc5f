"""Secrets inside running text: log lines, messages of events, arguments and addresses.

`masking` knows the places of an object that hold secrets; here nothing is known but the text, so what looks like a
secret is taken out: logins in addresses, tokens in queries and headers, signed addresses, JSON web tokens, keys.
"""

from __future__ import annotations

import re
from typing import Final

from tfk8s.manifest.masking import MASKED

_NAMED = (
    r"(?:token|secret|passw(?:or)?d|passphrase|api[_-]?key|private[_-]?key|credential|signature|\bsig|\bpwd)"
    r"[A-Za-z0-9_.-]{0,40}"
)
"""What a value is named after; what is before it stays as it is, and a bound keeps long lines quick."""

_RULES: Final = (
    # a login in an address
    (re.compile(r"(?P<keep>\b[a-z][a-z0-9+.-]{0,20}://)[^\s/@:]{0,200}:[^\s/@]{1,2000}@"), rf"\g<keep>{MASKED}@"),
    # Authorization: Bearer abc, Basic abc
    (re.compile(r"(?P<keep>\b(?:Bearer|Basic)\s+)[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE), rf"\g<keep>{MASKED}"),
    # JSON web tokens, and tokens of Google, GitHub and AWS by their form
    (re.compile(r"\beyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?"), MASKED),
    (
        re.compile(r"\b(?:ya29\.[A-Za-z0-9_-]+|gh[opsu]_[A-Za-z0-9]{20,}|AKIA[A-Z0-9]{16}|AIza[A-Za-z0-9_-]{30,})"),
        MASKED,
    ),
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL), MASKED),
    # token=abc in queries, arguments and settings; "password": "abc" in JSON
    (re.compile(rf"(?P<keep>{_NAMED}[\"']?\s*[=:]\s*[\"']?)[^\s\"'&,;}}]+", re.IGNORECASE), rf"\g<keep>{MASKED}"),
)


def scrubbed(text: str) -> str:
    """The text without what looks like a secret; other text stays as it is, to the letter."""
    for pattern, instead in _RULES:
        text = pattern.sub(instead, text)
    return text
