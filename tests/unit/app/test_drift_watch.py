from __future__ import annotations

from tests.fakes.clock import FakeClock
from tests.fakes.service import small_service
from tfk8s.app.drift import ServiceDrift
from tfk8s.app.drift_watch import Round, watch
from tfk8s.manifest import ObjectRef
from tfk8s.plan.drift import Drift, DriftState, FieldDrift, ObjectDrift
from tfk8s.ports.cluster import ClusterUnreachableError

REF = ObjectRef(api_version="apps/v1", kind="Deployment", namespace="serving", name="resnet")
FIELDS = tuple(FieldDrift(path=f".spec.f{number}", git=1, live=2, writer=None) for number in range(5))
CLEAN = (ServiceDrift(name=small_service().name, drift=Drift(objects=(), checked=5)),)
MISSING = (
    ServiceDrift(
        name=small_service().name,
        drift=Drift(objects=(ObjectDrift(ref=REF, state=DriftState.MISSING),), checked=5),
    ),
)
CHANGED = (
    ServiceDrift(
        name=small_service().name,
        drift=Drift(objects=(ObjectDrift(ref=REF, state=DriftState.CHANGED, fields=FIELDS),), checked=5),
    ),
)


def rounds(*looks: tuple[ServiceDrift, ...] | str) -> list[Round]:
    """What is told of these looks; a text is a cluster that does not answer."""
    clock = FakeClock()
    left = list(looks)
    told: list[Round] = []

    def look() -> tuple[ServiceDrift, ...]:
        if not left:
            raise KeyboardInterrupt
        found = left.pop(0)
        if isinstance(found, str):
            raise ClusterUnreachableError(found)
        return found

    try:
        for seen in watch(look, clock=clock, interval_s=30):
            told.append(seen)  # noqa: PERF402 - what was told before the end is what counts
    except KeyboardInterrupt:
        assert clock.monotonic_s() == 30 * len(looks)
    return told


def test_only_what_changed_is_told() -> None:
    told = rounds(CLEAN, CLEAN, MISSING, MISSING, CLEAN)

    assert [seen.is_drifted for seen in told] == [False, True, False]


def test_a_cluster_that_does_not_answer_is_told_once_and_looked_at_again() -> None:
    told = rounds(CLEAN, "nobody answers", "nobody answers", CLEAN)

    assert [seen.line().split(" ", 1)[1] for seen in told] == ["no drift", "unknown: nobody answers", "no drift"]


def test_a_round_is_one_line_however_much_differs() -> None:
    (missing, changed) = rounds(MISSING, CHANGED)

    assert missing.line().endswith("resnet in serving: 1 missing; Git has 5 objects: missing Deployment/resnet")
    assert changed.line().endswith("Deployment/resnet .spec.f0 .spec.f1 .spec.f2 and 2 more")


def test_a_round_is_one_printable_line_whatever_the_fields_are_called() -> None:
    strange = FieldDrift(path=".data.a\ufeff\u202e\n\x1b[2J\ud800", git=1, live=2, writer=None)
    item = ObjectDrift(ref=REF, state=DriftState.CHANGED, fields=(strange,))
    (told, lost) = rounds(
        (ServiceDrift(name=small_service().name, drift=Drift(objects=(item,), checked=5)),), "nobody\nanswers\u2028here"
    )

    assert told.line().isprintable()
    assert "\\ufeff\\u202e" in told.line()
    assert lost.line().endswith("unknown: nobody answers here")
