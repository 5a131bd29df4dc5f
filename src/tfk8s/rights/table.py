"""The table: which command needs which verbs on what. Roles, the page on rights and refusals are made from it alone.

A command that is not in the table sends no request to a cluster's API, or asks with the rights of whoever owns the
cluster; `WITHOUT_CLUSTER` and `OWNERS` name these.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Final, Literal, NamedTuple, TypeAlias

Thing: TypeAlias = Literal[
    "objects", "optional objects", "deployment", "service", "config", "scaler", "record", "claims", "namespace",
    "place", "keys", "token keys", "gateway", "gateway class", "ingress class", "heir", "canary", "canary config",
    "canary scaler", "trial", "publisher", "kinds",
]  # fmt: skip
"""What a service consists of and names, from the spec alone: `Things` says which objects each of them is."""

Role: TypeAlias = Literal["viewer", "ci", "deployer"]


class Grade(enum.Enum):
    """What becomes of a command without a right."""

    NEEDED = "needed"
    TOLD = "told"
    """It goes on, and leaves out what it could not read."""

    LEFT_OUT = "left out"
    """As `TOLD`; and no role has it, because it would show or give too much."""


class Need(NamedTuple):
    """Verbs on one thing of the service, or on all objects of a kind.

    Attributes:
        thing: objects by name; "" when `resource` is given.
        resource: `GROUP/PLURAL` of a namespace, the core group without its part; with a subresource as `pods/log`.
        is_wide: of the whole cluster, because the kind is in no namespace or all namespaces are meant.
        when: only for a service that has this part.
        why: of what is left out.
    """

    verbs: tuple[str, ...]
    thing: Thing | Literal[""] = ""
    resource: str = ""
    is_wide: bool = False
    grade: Grade = Grade.NEEDED
    when: Thing | Literal[""] = ""
    why: str = ""

    @property
    def told(self) -> Need:
        """The same, without which the command goes on."""
        return self._replace(grade=Grade.TOLD)

    def left_out(self, why: str) -> Need:
        """The same, which no role has."""
        return self._replace(grade=Grade.LEFT_OUT, why=why)


Needs: TypeAlias = tuple[Need, ...]


def _of(thing: Thing, *verbs: str) -> Need:
    return Need(verbs=verbs, thing=thing)


def _all(resource: str, *verbs: str) -> Need:
    return Need(verbs=verbs, resource=resource)


def _wide(resource: str, *verbs: str) -> Need:
    return Need(verbs=verbs, resource=resource, is_wide=True).told


_SCALERS = "autoscaling/horizontalpodautoscalers"
_SCALED_OBJECTS = "keda.sh/scaledobjects"
_API_SERVICES = "apiregistration.k8s.io/apiservices"
_GATEWAYS = "gateway.networking.k8s.io"
_PODS_ELSEWHERE = _wide("pods", "list").left_out("it would show the pods of every other namespace")
_CONFIGS = _all("configmaps", "list").left_out("it would show the configuration of everything else in the namespace")
_KEYS = _of("keys", "get").left_out("it would show every client's key; who deploys has it for `keys`")
_MARK = _all("pods", "patch").left_out("it would let its holder run any image in any pod of the namespace")

_PODS: Needs = (_all("pods", "list"),)
_WORKLOAD: Needs = (_of("deployment", "get"), _all("apps/replicasets", "list"), *_PODS)
_FORWARD: Needs = (_all("pods/portforward", "get", "create"),)
_SNAPSHOT: Needs = (
    *_WORKLOAD,
    _of("service", "get"),
    _all("discovery.k8s.io/endpointslices", "list"),
    _of("scaler", "get").told,
    _all("events", "list").told,
    _all("pods/log", "get").told,
    _wide("nodes", "list"),
)
_FLEET: Needs = (
    *(need.told for need in _FORWARD),
    _of("record", "get").told,
    _of("config", "get").told,
    _of("canary config", "get").told,
)
_CANARY: Needs = (_all("apps/deployments", "list").told,)
_FRONTS: Needs = (
    _of("service", "get"),
    _all("networking.k8s.io/ingresses", "list").told,
    _of("objects", "get").told,
    _of("gateway", "get").told,
)
_REACH: Needs = (*_FRONTS, *_PODS, *_FORWARD)
_LIVE_SCALER: Needs = (
    _all(_SCALERS, "list"),
    _of("deployment", "get"),
    *_PODS,
    _all(_SCALED_OBJECTS, "list").told,
    _all("events", "list").told,
    _all("metrics.k8s.io/pods", "list").told,
    _wide(_API_SERVICES, "get"),
)
_EVIDENCE: Needs = (
    *_SNAPSHOT,
    _of("config", "get").told,
    _all("persistentvolumeclaims", "list").told,
    _all("resourcequotas", "list").told,
    _all("networking.k8s.io/networkpolicies", "list").told,
    _all("networking.k8s.io/ingresses", "list").told,
    _all("policy/poddisruptionbudgets", "list").told,
    _all(_SCALERS, "list").told,
    _all(_SCALED_OBJECTS, "list").told,
    _all(f"{_GATEWAYS}/gateways", "list").told,
    _all(f"{_GATEWAYS}/httproutes", "list").told,
    _all(f"{_GATEWAYS}/grpcroutes", "list").told,
    _wide("networking.k8s.io/ingressclasses", "list"),
)

_FORESIGHT: Needs = (
    *_CANARY,
    _of("claims", "get"),
    _of("gateway", "get").told,
    _of("gateway class", "get").told,
    _of("ingress class", "get").told,
    _of("token keys", "get").told,
    _KEYS,
    _all(_SCALERS, "list").told,
    _all(_SCALED_OBJECTS, "list").told,
    _all("autoscaling.k8s.io/verticalpodautoscalers", "list").told,
    _wide("nodes", "list"),
    _wide(_API_SERVICES, "list"),
)
PLAN: Final[Needs] = (
    _of("record", "get"),
    _of("objects", "get", "patch", "create"),
    _of("namespace", "get", "patch"),
    *_FORESIGHT,
)
"""Looking is a dry run of writing: Kubernetes has no verb for it, and asks for the rights that writing needs."""

WRITE: Final[Needs] = (
    *PLAN,
    _of("record", "patch", "create"),
    _of("optional objects", "delete"),
    _of("heir", "get", "delete"),
)
WAIT: Final[Needs] = (*_SNAPSHOT, *_REACH, *(need.told for need in _EVIDENCE))
_APPLY: Needs = (*WRITE, *WAIT)
_CHANGE_VERSIONS: Needs = (
    _of("record", "get", "patch"),
    _of("objects", "get", "patch"),
    _all("apps/deployments", "list"),
    *_WORKLOAD,
    *_FORWARD,
    *_FLEET,
    _MARK,
)
_TRIAL: Needs = (
    _of("trial", "get", "patch", "create", "delete"),
    *_PODS,
    *_FORWARD,
    _all("pods/log", "get").told,
    _all("events", "list").told,
    _wide("nodes", "list"),
    _PODS_ELSEWHERE,
)
_PUBLISH: Needs = (
    _of("publisher", "get", "patch", "create", "delete"),
    _of("deployment", "get"),
    *_PODS,
    _of("claims", "get").told,
    _all("pods/exec", "get", "create")._replace(when="publisher"),
    _all("events", "list").told,
)

NEEDS: Final[Mapping[str, Needs]] = {
    "status": (
        _of("record", "get"), _of("objects", "get"), _of("namespace", "get"), *_SNAPSHOT, *_FLEET, *_FRONTS, *_CANARY,
    ),
    "logs": (*_PODS, _all("pods/log", "get"), _all("pods", "get")),
    "events": (*_PODS, _all("events", "list")),
    "doctor": (
        *_EVIDENCE, *_FLEET, *_FRONTS, *_CANARY,
        *(need.told for need in _LIVE_SCALER), _of("record", "get").told, _of("namespace", "get").told,
    ),
    "history": (_of("record", "get"),),
    "versions list": (*_WORKLOAD, *_FLEET, *_CANARY),
    "versions history": (_of("record", "get"),),
    "autoscale show": _LIVE_SCALER,
    "autoscale why": (*_LIVE_SCALER, *_SNAPSHOT),
    "autoscale simulate": _LIVE_SCALER,
    "cost": (_of("deployment", "get"), _wide("nodes", "list")),
    "predict": _REACH,
    "diff": PLAN,
    "drift": (
        _of("objects", "get"), _of("objects", "patch").told, _of("namespace", "get"), _of("namespace", "patch").told,
        *_CANARY, _of("kinds", "list").told, _CONFIGS,
    ),
    "apply": _APPLY,
    "rollback": _APPLY,
    "delete": (
        _of("record", "get", "delete"), _of("objects", "get", "delete"), _of("namespace", "get"),
        _of("canary", "get", "delete"),
    ),
    "keys": (
        _of("keys", "get", "patch", "create"),
        _of("place", "get").told,
    ),
    "versions add": (*_APPLY, *_TRIAL, *_PUBLISH, _of("config", "get")),
    "versions promote": (*_CHANGE_VERSIONS, *_REACH),
    "versions rollback": (*_CHANGE_VERSIONS, *_REACH),
    "versions canary": (
        *_CHANGE_VERSIONS, *_APPLY, *_TRIAL, _of("canary", "get", "patch", "create", "delete"),
        _of("canary scaler", "get").left_out("nothing scales a canary"),
    ),
    "bench": (
        *_REACH, _all("pods", "get"), _of("scaler", "get").told, _all("metrics.k8s.io/pods", "list").told,
        _wide("nodes", "list"),
    ),
    "autoscale recommend": (
        *_PODS, _of("deployment", "get").told, _all("resourcequotas", "list").told, _wide("nodes", "list"),
        _PODS_ELSEWHERE,
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
    "up": "makes the cluster with the provider's rights; from then on it needs what apply needs",
    "down": "deletes the cluster with the provider's rights; before that it needs what delete needs",
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
