"""The body of a server-side apply, which the server reads with a YAML parser although JSON is what is sent.

JSON writes a character beyond the first plane as two escapes, which are no characters to YAML, and leaves DEL as it is,
which YAML refuses. Everything else that JSON escapes means the same to both.
"""

from __future__ import annotations

import json
import re

from tfk8s.manifest import JsonObject

_PAIR = re.compile(r"\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}")


def apply_body(body: JsonObject) -> bytes:
    """The body as JSON in UTF-8 that reads the same as YAML."""
    text = json.dumps(body).replace("\x7f", "\\u007f")
    return _PAIR.sub(lambda found: str(json.loads(f'"{found[0]}"')), text).encode()
