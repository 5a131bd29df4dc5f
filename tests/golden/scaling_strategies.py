"""Autoscalers of every source, with whatever they can follow."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

percents = st.integers(1, 100)
amounts = st.sampled_from([1, 50, 0.5, 12.25, "2500m", "2k", "1500", 1000])
QUERIES = st.sampled_from(
    [
        'sum(queue_length{queue="images"})',
        "a > 0\nor\nb",
        'label_replace(up, "x", "$1", "pod", "(.*){{ why }}") # {{ why }}',
        "- yes",
        "sum(rate({__name__=\":odd:\", état='é'}[1m])) ",
    ]
)
_policies = st.builds(
    lambda key, value, seconds: {key: value, "seconds": seconds},
    st.sampled_from(["pods", "percent"]),
    st.integers(1, 1000),
    st.integers(1, 1800),
)
_containers = st.sampled_from([{}, {"container": "model-server"}, {"container": "proxy"}])


@st.composite
def paces(draw: st.DrawFn) -> dict[str, Any]:
    """One direction of `behavior`."""
    if draw(st.integers(0, 4)) == 0:
        return {"select": "disabled"}
    found: dict[str, Any] = {"policies": draw(st.lists(_policies, max_size=3))}
    found["select"] = draw(st.sampled_from(["max", "min"]))
    if draw(st.booleans()):
        found["tolerancePercent"] = draw(st.integers(0, 100))
    return found


@st.composite
def behaviors(draw: st.DrawFn) -> dict[str, Any]:
    """How fast it goes."""
    windows = st.integers(0, 3600)
    found: dict[str, Any] = {"scaleUpWindowSeconds": draw(windows), "scaleDownWindowSeconds": draw(windows)}
    for key in ("scaleUp", "scaleDown"):
        if draw(st.booleans()):
            found[key] = draw(paces())
    return found


@st.composite
def externals(draw: st.DrawFn, *, of_keda: bool) -> dict[str, Any]:
    """A number from outside."""
    found: dict[str, Any] = {"name": draw(st.sampled_from(["queue", "a.b|c:d", "x" * 100]))}
    found[draw(st.sampled_from(["averageValue", "value"]))] = draw(amounts)
    if of_keda:
        found["query"] = draw(QUERIES)
    elif draw(st.booleans()):
        found["selector"] = {"resource.labels.queue": "images", "b": "c"}
    return {"external": found}


@st.composite
def asked_scalings(draw: st.DrawFn) -> dict[str, Any]:
    """An autoscaler that asks somebody for what the server counts."""
    kind = draw(st.sampled_from(["keda", "keda", "prometheus-adapter"]))
    of_keda = kind == "keda"
    least, most = sorted((draw(st.integers(0 if of_keda else 1, 100)), draw(st.integers(1, 1000))))
    counted: list[dict[str, Any]] = [
        {"requestsPerSecond": draw(amounts)},
        {"inFlight": draw(amounts)},
        {"latencyMilliseconds": draw(st.integers(1, 3_600_000)), "percentile": draw(st.integers(1, 99))},
    ]
    others: list[dict[str, Any]] = [
        {"cpu": draw(percents)},
        {"memory": draw(percents)},
        {"containerCpu": draw(percents), **draw(_containers)},
        {"containerMemory": draw(percents), **draw(_containers)},
        draw(externals(of_keda=of_keda)),
    ]
    metrics = draw(st.permutations([draw(st.sampled_from(counted)), *draw(st.permutations(others))[:2]]))
    source: dict[str, Any] = {"kind": kind}
    if of_keda:
        source |= draw(
            st.sampled_from([{"server": "http://prometheus.monitoring:9090"}, {"server": "https://a/b?c=d"}])
        )
    if draw(st.booleans()):
        source["windowSeconds"] = draw(st.integers(10, 3600))
    found = {"min": least, "max": most, "metrics": metrics, "source": source, "behavior": draw(behaviors())}
    if of_keda and draw(st.booleans()):
        found |= _by_keda(draw, least=least, most=most)
    if least == 0 and "wake" not in found:
        found["wake"] = {"query": draw(QUERIES)}
    return found


def _by_keda(draw: st.DrawFn, *, least: int, most: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if least == 0:
        idle = draw(st.just("auto") | st.integers(30, 86_400))
        found["wake"] = {"query": draw(QUERIES), "above": draw(st.integers(0, 1000)), "idleSeconds": idle}
    if most > least:
        floor = draw(st.integers(least + 1, most))
        found["schedules"] = [{"start": "0 8  * * 1-5", "end": "0 18 * * 1-5", "min": floor}]
    return found
