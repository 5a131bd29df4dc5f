"""What the pods need around them: namespace, identity, configuration, and a budget for disruptions."""

from __future__ import annotations

from tfk8s.manifest import JsonObject
from tfk8s.manifest.ownership import SHARED_LABELS
from tfk8s.manifest.server_config import MODELS_FILE
from tfk8s.manifest.yaml import Path
from tfk8s.render.config_files import BATCHING_FILE
from tfk8s.render.draft import Draft
from tfk8s.render.facts import Facts, in_key_order
from tfk8s.render.sizing import compute_threads
from tfk8s.render.storage import config_map_name
from tfk8s.spec.rules_model import GOOGLE_ACCOUNT_ANNOTATION


def namespace(facts: Facts) -> Draft:
    """Draft the Namespace; it is cluster-scoped, so it stands in none, and no label says that it is of one service."""
    metadata: JsonObject = {**facts.metadata(facts.spec.namespace)}
    del metadata["namespace"]
    metadata["labels"] = in_key_order({**facts.spec.labels, **SHARED_LABELS})
    return Draft(template="namespace", values={"metadata": metadata})


def service_account(facts: Facts) -> Draft:
    """Draft the identity of the pods."""
    wanted = facts.spec.service_account
    account = wanted.google_service_account
    identity = {GOOGLE_ACCOUNT_ANNOTATION: account} if account and account != "none" else {}
    values = {"metadata": facts.metadata(wanted.name, annotations={**wanted.annotations, **identity})}
    reason = "the model server never asks the Kubernetes API"
    return Draft(template="service_account", values=values, reasons={("automountServiceAccountToken",): reason})


def config_map(facts: Facts) -> Draft:
    """Draft the server's configuration files."""
    values = {"metadata": facts.metadata(config_map_name(facts.spec.name)), "files": dict(facts.config)}
    reasons: dict[Path, str] = {}
    batching = facts.spec.serving.batching
    if batching is not None and batching.threads is None:
        threads = compute_threads(facts.spec.resources.cpu.milli)
        reasons[("data", BATCHING_FILE)] = f"num_batch_threads: {threads.reason}"
    if any(model.labels for model in facts.models):
        reasons[("data", MODELS_FILE)] = "labels need their versions listed, or the server may not load them"
    return Draft(template="config_map", values=values, reasons=reasons)


def budget(facts: Facts) -> Draft:
    """Draft the budget: one pod at a time may be evicted, however few there are, so that a node can be drained."""
    values: dict[str, object] = {
        "metadata": facts.metadata(facts.names.budget),
        "selector": in_key_order(dict(facts.names.workload_labels)),
    }
    reasons: dict[Path, str] = {
        ("spec", "maxUnavailable"): "one at a time; at least one eviction is allowed at any number of pods",
        ("spec", "unhealthyPodEvictionPolicy"): "a pod that serves nobody does not keep a node from being drained",
    }
    return Draft(template="budget", values=values, reasons=reasons)
