"""The table: which command needs which verbs on what. Roles, the page on rights and refusals are made from it alone.

A command that is not in the table sends no request to a cluster's API, or asks with the rights of whoever owns the
cluster; `WITHOUT_CLUSTER` and `OWNERS` name these.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

from tfk8s.rights.need import Needs, all_of, of, wide

Role: TypeAlias = Literal["viewer", "ci", "deployer"]

_SCALERS = "autoscaling/horizontalpodautoscalers"
_SCALED_OBJECTS = "keda.sh/scaledobjects"
_API_SERVICES = "apiregistration.k8s.io/apiservices"
_GATEWAYS = "gateway.networking.k8s.io"
_PODS_ELSEWHERE = wide("pods", "list").left_out("it would show the pods of every other namespace")
_CONFIGS = all_of("configmaps", "list").left_out("it would show the configuration of everything else in the namespace")
_KEYS = of("keys", "get").left_out("it would show every client's key; who deploys has it for `keys`")
_MARK = all_of("pods", "patch").left_out("it would let its holder run any image in any pod of the namespace")

_PODS: Needs = (all_of("pods", "list"),)
_WORKLOAD: Needs = (of("deployment", "get"), all_of("apps/replicasets", "list"), *_PODS)
_FORWARD: Needs = (all_of("pods/portforward", "get", "create"),)
_SNAPSHOT: Needs = (
    *_WORKLOAD,
    of("service", "get"),
    all_of("discovery.k8s.io/endpointslices", "list"),
    of("scaler", "get").told,
    all_of("events", "list").told,
    all_of("pods/log", "get").told,
    wide("nodes", "list"),
)
_FLEET: Needs = (
    *(need.told for need in _FORWARD),
    of("record", "get").told,
    of("config", "get").told,
    of("canary config", "get").told,
)
_CANARY: Needs = (all_of("apps/deployments", "list").told,)
_FRONTS: Needs = (
    of("service", "get"),
    all_of("networking.k8s.io/ingresses", "list").told,
    of("objects", "get").told,
    of("gateway", "get").told,
    of("sign-in", "get").left_out(
        "it would show the secret of the OAuth client; who applies has it, to see that no front is open"
    ),
)
_REACH: Needs = (*_FRONTS, *_PODS, *_FORWARD)
_LIVE_SCALER: Needs = (
    all_of(_SCALERS, "list"),
    of("deployment", "get"),
    *_PODS,
    all_of(_SCALED_OBJECTS, "list").told,
    all_of("events", "list").told,
    all_of("metrics.k8s.io/pods", "list").told,
    wide(_API_SERVICES, "get"),
)
_EVIDENCE: Needs = (
    *_SNAPSHOT,
    of("config", "get").told,
    all_of("persistentvolumeclaims", "list").told,
    all_of("resourcequotas", "list").told,
    all_of("networking.k8s.io/networkpolicies", "list").told,
    all_of("networking.k8s.io/ingresses", "list").told,
    all_of("policy/poddisruptionbudgets", "list").told,
    all_of(_SCALERS, "list").told,
    all_of(_SCALED_OBJECTS, "list").told,
    all_of(f"{_GATEWAYS}/gateways", "list").told,
    all_of(f"{_GATEWAYS}/httproutes", "list").told,
    all_of(f"{_GATEWAYS}/grpcroutes", "list").told,
    wide("networking.k8s.io/ingressclasses", "list"),
)

_FORESIGHT: Needs = (
    *_CANARY,
    of("claims", "get"),
    of("gateway", "get").told,
    of("gateway class", "get").told,
    of("ingress class", "get").told,
    of("token keys", "get").told,
    of("sign-in", "get").told,
    _KEYS,
    all_of(_SCALERS, "list").told,
    all_of(_SCALED_OBJECTS, "list").told,
    all_of("autoscaling.k8s.io/verticalpodautoscalers", "list").told,
    wide("nodes", "list"),
    wide(_API_SERVICES, "list"),
)
PLAN: Final[Needs] = (
    of("record", "get"),
    of("objects", "get", "patch", "create"),
    of("namespace", "get", "patch"),
    *_FORESIGHT,
)
"""Looking is a dry run of writing: Kubernetes has no verb for it, and asks for the rights that writing needs."""

WRITE: Final[Needs] = (
    *PLAN,
    of("record", "patch", "create"),
    of("optional objects", "delete"),
    of("heir", "get", "delete"),
)
WAIT: Final[Needs] = (*_SNAPSHOT, *_REACH, *(need.told for need in _EVIDENCE))
_APPLY: Needs = (*WRITE, *WAIT)
MOVE: Final[Needs] = (
    of("record", "get", "patch"),
    of("objects", "get", "patch"),
    all_of("apps/deployments", "list"),
    *_WORKLOAD,
    *_FORWARD,
)
"""A label moves on running servers."""
_CHANGE_VERSIONS: Needs = (*MOVE, *_FLEET, _MARK)
LEAD: Final[Needs] = (
    of("objects", "get", "patch"),
    of("canary", "get", "patch", "create", "delete"),
    *_PODS,
    *_FORWARD,
)
"""A canary is made, gets its part of the requests from routes of the service, is looked at, and removed."""
_TRIAL: Needs = (
    of("trial", "get", "patch", "create", "delete"),
    *_PODS,
    *_FORWARD,
    all_of("pods/log", "get").told,
    all_of("events", "list").told,
    wide("nodes", "list"),
    _PODS_ELSEWHERE,
)
_PUBLISH: Needs = (
    of("publisher", "get", "patch", "create", "delete"),
    of("deployment", "get"),
    *_PODS,
    of("claims", "get").told,
    all_of("pods/exec", "get", "create")._replace(when="publisher"),
    all_of("events", "list").told,
)

NEEDS: Final[Mapping[str, Needs]] = {
    "status": (
        of("record", "get"), of("objects", "get"), of("namespace", "get"), *_SNAPSHOT, *_FLEET, *_FRONTS, *_CANARY,
    ),
    "logs": (*_PODS, all_of("pods/log", "get"), all_of("pods", "get")),
    "events": (*_PODS, all_of("events", "list")),
    "doctor": (
        *_EVIDENCE, *_FLEET, *_FRONTS, *_CANARY,
        *(need.told for need in _LIVE_SCALER), of("record", "get").told, of("namespace", "get").told,
    ),
    "history": (of("record", "get"),),
    "versions list": (*_WORKLOAD, *_FLEET, *_CANARY),
    "versions history": (of("record", "get"),),
    "autoscale show": _LIVE_SCALER,
    "autoscale why": (*_LIVE_SCALER, *_SNAPSHOT),
    "autoscale simulate": _LIVE_SCALER,
    "cost": (of("deployment", "get"), wide("nodes", "list")),
    "predict": _REACH,
    "diff": PLAN,
    "drift": (
        of("objects", "get"), of("objects", "patch").told, of("namespace", "get"), of("namespace", "patch").told,
        *_CANARY, of("kinds", "list").told, _CONFIGS,
    ),
    "apply": _APPLY,
    "rollback": _APPLY,
    "delete": (
        of("record", "get", "delete"), of("objects", "get", "delete"), of("namespace", "get"),
        of("canary", "get", "delete"),
    ),
    "keys": (
        of("keys", "get", "patch", "create"),
        of("place", "get").told,
    ),
    "versions add": (*_APPLY, *_TRIAL, *_PUBLISH, of("config", "get")),
    "versions promote": (*_CHANGE_VERSIONS, *_REACH),
    "versions rollback": (*_CHANGE_VERSIONS, *_REACH),
    "versions canary": (
        *_CHANGE_VERSIONS, *_APPLY, *_TRIAL, *LEAD,
        of("canary scaler", "get").left_out("nothing scales a canary"),
    ),
    "bench": (
        *_REACH, all_of("pods", "get"), of("scaler", "get").told, all_of("metrics.k8s.io/pods", "list").told,
        wide("nodes", "list"),
    ),
    "autoscale recommend": (
        *(need.told for need in _PODS), of("deployment", "get").told, all_of("resourcequotas", "list").told,
        wide("nodes", "list"), _PODS_ELSEWHERE,
    ),
}  # fmt: skip
"""By command."""

WITHOUT_CLUSTER: Final = frozenset(
    {
        "alerts", "autoscale rules", "check", "completion", "dashboard", "image", "import", "init", "inspect", "rbac",
        "regions plan", "render", "serve", "warmup",
    }
)  # fmt: skip
"""Commands that ask no Kubernetes API."""

OWNERS: Final[Mapping[str, str]] = {
    "cluster": "asks the provider, and looks into all namespaces: for who owns the cluster",
    "regions fleet": "asks the provider alone",
    "up": "makes the cluster with the provider's rights; then, or without one in the spec, needs what apply needs",
    "down": "deletes it with the provider's rights; first, or without one in the spec, needs what delete needs",
}
"""Commands that are not of a service in a namespace, and why no role is for them."""

_VIEWS = (
    "status", "logs", "events", "doctor", "history", "versions list", "versions history", "autoscale show",
    "autoscale why", "cost", "predict",
)  # fmt: skip
ROLES: Final[Mapping[Role, tuple[str, ...]]] = {
    "viewer": _VIEWS,
    "ci": ("diff", "drift", "apply", "rollback", "history"),
    "deployer": tuple(NEEDS),
}
"""The commands that each role is for, the least role first."""
