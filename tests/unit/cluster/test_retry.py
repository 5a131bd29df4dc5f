from __future__ import annotations

from collections.abc import Callable

import pytest
from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import ProtocolError, SSLError

from tests.fakes.clock import FakeClock
from tfk8s.cluster.retry import with_retries


def failing(*errors: Exception) -> Callable[[], str]:
    left = list(errors)

    def call() -> str:
        if left:
            raise left.pop(0)
        return "done"

    return call


def answered(code: int, **headers: str) -> ApiException:
    error = ApiException(status=code)
    error.headers = {key.replace("_", "-"): value for key, value in headers.items()}
    return error


@pytest.mark.parametrize(
    "error",
    [answered(429), answered(502), answered(503), answered(504), ProtocolError("aborted"), ConnectionResetError()],
)
def test_what_passes_is_tried_again(error: Exception) -> None:
    clock = FakeClock()

    assert with_retries(failing(error, error), clock=clock) == "done"
    assert clock.monotonic_s() == pytest.approx(0.75)


@pytest.mark.parametrize(
    "error", [answered(400), answered(401), answered(403), answered(404), answered(409), answered(500), SSLError()]
)
def test_what_does_not_pass_is_not(error: Exception) -> None:
    clock = FakeClock()

    with pytest.raises(type(error)):
        with_retries(failing(error), clock=clock)

    assert clock.monotonic_s() == 0


def test_it_ends_after_five_tries_with_the_last_failure() -> None:
    clock = FakeClock()

    with pytest.raises(ApiException) as failure:
        with_retries(failing(*(answered(503) for _ in range(4)), answered(502), answered(429)), clock=clock)

    assert failure.value.status == 502
    assert clock.monotonic_s() == pytest.approx(3.75)


@pytest.mark.parametrize(("said", "pause_s"), [("3", 3.0), ("9999", 10.0), ("soon", 0.25), ("0", 0.25)])
def test_the_servers_own_pause_is_kept_within_bounds(said: str, pause_s: float) -> None:
    clock = FakeClock()

    with_retries(failing(answered(429, Retry_After=said)), clock=clock)

    assert clock.monotonic_s() == pytest.approx(pause_s)
