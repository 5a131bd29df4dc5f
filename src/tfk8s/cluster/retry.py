"""Trying again, only what is safe and passing: 429, 502 to 504 and broken connections of idempotent requests.

500 is not retried: under server-side apply it is how a server reports an unknown field.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

from tfk8s.clock import Clock

T = TypeVar("T")
logger = logging.getLogger(__name__)

_TRANSIENT = frozenset({429, 502, 503, 504})
_FIRST_PAUSE_S = 0.25
_ATTEMPTS = 5
_LONGEST_PAUSE_S = 10.0


def with_retries(call: Callable[[], T], *, clock: Clock) -> T:
    """Make an idempotent call up to five times, pausing 0.25, 0.5, 1, 2 s or as the server's Retry-After says."""
    from kubernetes.client.exceptions import ApiException
    from urllib3.exceptions import HTTPError, SSLError

    for attempt in range(_ATTEMPTS - 1):
        pause_s = _FIRST_PAUSE_S * 2**attempt
        try:
            return call()
        except ApiException as error:
            if error.status not in _TRANSIENT:
                raise
            pause_s = max(pause_s, _retry_after_s(error))
            logger.info("answer %s; trying again in %.1f s", error.status, pause_s)
        except SSLError:
            raise
        except (HTTPError, ConnectionError) as error:
            logger.info("%s; trying again in %.1f s", type(error).__name__, pause_s)
        clock.sleep(pause_s)
    return call()


def _retry_after_s(error: object) -> float:
    headers: object = getattr(error, "headers", None)
    get = getattr(headers, "get", None)
    value: object = get("Retry-After") if callable(get) else None
    if not isinstance(value, str) or not value.isdigit():
        return 0.0
    return min(float(value), _LONGEST_PAUSE_S)
