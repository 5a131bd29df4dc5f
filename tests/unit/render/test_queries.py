"""The text of queries; what they give is asked of Prometheus in tests/contract."""

from __future__ import annotations

import re

import pytest

from tfk8s.render.adapter_rules import adapter_rules
from tfk8s.render.queries import (
    Scope,
    in_flight,
    latency_milliseconds,
    models_pattern,
    pods_pattern,
    requests_per_second,
)

SCOPE = Scope(namespace="serving", pods=pods_pattern("resnet"), models="resnet", window="60s")
QUERIES = (
    requests_per_second(SCOPE),
    in_flight(SCOPE),
    latency_milliseconds(SCOPE, percentile=95),
)


@pytest.mark.parametrize("query", QUERIES)
def test_every_selector_is_about_the_pods_of_the_service_alone(query: str) -> None:
    for selector in re.findall(r'{__name__=.*?"}', query):
        assert f'namespace="serving",pod=~"{SCOPE.pods}",model_name=~"resnet"' in selector


@pytest.mark.parametrize("query", QUERIES)
def test_probes_are_never_counted(query: str) -> None:
    """K09.3: what the server answers to GETs has no API, and its count of requests holds them."""
    for name, rest in re.findall(r'__name__="([^"]*)"(.*?"})', query):
        assert ('API!=""' in rest) if "latency" in name else ('status!~"OK|NOT_FOUND"' in rest)


@pytest.mark.parametrize(
    ("deployment", "pod", "is_one"),
    [
        ("resnet", "resnet-66b4c9d8f5-x2x7q", True),
        ("resnet", "resnet-canary-66b4c9d8f5-x2x7q", False),
        ("resnet", "resnet-v2-66b4c9d8f5-x2x7q", False),
        ("resnet", "resnet50-66b4c9d8f5-x2x7q", False),
        ("resnet.v1", "resnet.v1-66b4c9d8f5-x2x7q", True),
        ("resnet.v1", "resnet-v1-66b4c9d8f5-x2x7q", False),
        ("a" * 50, f"{'a' * 50}-66b4c9dx2x7q", True),
        ("a" * 80, f"{'a' * 58}x2x7q", True),
    ],
)
def test_pods_are_known_by_their_names(deployment: str, pod: str, is_one: bool) -> None:
    assert bool(re.fullmatch(pods_pattern(deployment), pod)) == is_one


def test_models_are_matched_by_their_very_names() -> None:
    pattern = models_pattern(["bert.v2", "resnet"])

    assert [name for name in ("bert.v2", "resnet", "bert-v2", "resnet50") if re.fullmatch(pattern, name)] == [
        "bert.v2",
        "resnet",
    ]


def test_the_rules_of_the_adapter_are_the_same_queries_of_whoever_asks() -> None:
    given = {"namespace": "serving", "service": "resnet", "model": "resnet", "window": "60s", "percentile": "95"}

    rules = adapter_rules()["externalRules"]

    assert isinstance(rules, list)
    filled = []
    for rule in rules:
        assert isinstance(rule, dict)
        filled.append(
            re.sub(r'<<index \.LabelValuesByName "(\w+)">>', lambda found: given[found[1]], str(rule["metricsQuery"]))
        )
    assert tuple(filled) == QUERIES
