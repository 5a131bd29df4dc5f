"""Where a node pool is not what the spec says about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from google.cloud import container_v1

from tfk8s.cloud.gke import remedy
from tfk8s.cloud.gke.node_pool import DRIVERS, EFFECTS, scope_urls
from tfk8s.cloud.gke.place import Place
from tfk8s.cloud.gke.pools import NodeCount
from tfk8s.cloud.gke.texts import flag, listed, pairs, part_of
from tfk8s.ports.provider import FieldDifference
from tfk8s.spec.gke_nodes import GpuSpec, NodeAutoscaling, NodeSettings, NodeTaint

Texts: TypeAlias = "tuple[str, str]"
"""Wanted and found; the same when there is no difference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Aspect:
    """One field: both texts, and the flags that change it; no flags when nothing does."""

    name: str
    texts: Callable[[NodeSettings, container_v1.NodePool], Texts]
    flags: Callable[[NodeSettings], tuple[str, ...]] | None = None


def pool_differences(
    wanted: NodeSettings, found: container_v1.NodePool, *, nodes: int | None, count: NodeCount, place: Place
) -> Iterator[FieldDifference]:
    """Compare what is said about a pool, field by field; fields are named as in the spec, from the pool on.

    Args:
        wanted: the pool as the spec has it; what it leaves out is GKE's choice and no difference.
        found: the pool.
        nodes: per zone, as the spec says; None when it does not. Where GKE scales the pool, no number is compared.
        count: the nodes that it has.
        place: where the cluster is.
    """
    is_scaled = wanted.autoscaling is not None or found.autoscaling.enabled
    if nodes is not None and not is_scaled and nodes * count.zones != count.nodes:
        command = remedy.resize(place, pool=found.name, nodes=nodes)
        yield FieldDifference(field="nodes", wanted=str(nodes), found=str(count), remedy=command)
    for aspect in _ASPECTS:
        if aspect.name not in wanted.model_fields_set or getattr(wanted, aspect.name) is None:
            continue
        theirs, ours = aspect.texts(wanted, found)
        if theirs != ours:
            yield FieldDifference(
                field=type(wanted).model_fields[aspect.name].alias or aspect.name,
                wanted=theirs,
                found=ours,
                remedy=_remedy(aspect, wanted, pool=found.name, place=place),
            )


def _remedy(aspect: _Aspect, wanted: NodeSettings, *, pool: str, place: Place) -> str:
    if aspect.name == "image_type":
        return remedy.upgrade(place, "--node-pool", pool, "--image-type", str(wanted.image_type))
    scaling = wanted.autoscaling
    if aspect.name == "autoscaling" and scaling is not None and not scaling.is_total and not scaling.location_policy:
        return remedy.autoscale(place, pool=pool, least=scaling.min or 0, most=scaling.max or 0)
    if aspect.flags is None:
        return remedy.new_pool(pool)
    return remedy.update_pool(place, pool, *aspect.flags(wanted))


def _autoscaling(wanted: NodeSettings, found: container_v1.NodePool) -> Texts:
    scaling, has = wanted.autoscaling or NodeAutoscaling(), found.autoscaling
    policy = f", {has.location_policy.name}" if scaling.location_policy else ""
    if not has.enabled:
        text = "off"
    elif has.total_max_node_count:
        text = f"{has.total_min_node_count} to {has.total_max_node_count} in all zones{policy}"
    else:
        text = f"{has.min_node_count} to {has.max_node_count} in each zone{policy}"
    told = f", {scaling.location_policy}" if scaling.location_policy else ""
    if scaling.is_total:
        return f"{scaling.total_min or 0} to {scaling.total_max} in all zones{told}", text
    return f"{scaling.min or 0} to {scaling.max} in each zone{told}", text


def _autoscaling_flags(wanted: NodeSettings) -> tuple[str, ...]:
    scaling = wanted.autoscaling or NodeAutoscaling()
    policy = ("--location-policy", scaling.location_policy) if scaling.location_policy else ()
    prefix = "total-" if scaling.is_total else ""
    least, most = (scaling.total_min, scaling.total_max) if scaling.is_total else (scaling.min, scaling.max)
    bounds = (f"--{prefix}min-nodes", str(least or 0), f"--{prefix}max-nodes", str(most))
    return ("--enable-autoscaling", *bounds, *policy)


def _gpu(wanted: NodeSettings, found: container_v1.NodePool) -> Texts:
    if wanted.gpu is None:
        return "none", "none"
    is_driver_said = "driver" in wanted.gpu.model_fields_set
    has = [_accelerator(one, with_driver=is_driver_said) for one in found.config.accelerators]
    return _gpu_text(wanted.gpu, with_driver=is_driver_said), listed(has)


def _gpu_text(gpu: GpuSpec, *, with_driver: bool) -> str:
    return f"{gpu.count} x {gpu.type}" + (f", driver {gpu.driver}" if with_driver else "")


def _accelerator(found: container_v1.AcceleratorConfig, *, with_driver: bool) -> str:
    text = f"{found.accelerator_count} x {found.accelerator_type}"
    version = found.gpu_driver_installation_config.gpu_driver_version.name
    words = {name: word for word, name in DRIVERS.items()}
    return text + (f", driver {words.get(version, 'of no known kind')}" if with_driver else "")


def _taints(wanted: NodeSettings, found: container_v1.NodePool) -> Texts:
    words = {name: word for word, name in EFFECTS.items()}
    has = {f"{one.key}={one.value}:{words.get(one.effect.name, one.effect.name)}" for one in found.config.taints}
    texts = [taint_text(taint) for taint in wanted.taints]
    return listed(texts), listed(text for text in texts if text in has)


def taint_text(taint: NodeTaint) -> str:
    """A taint as kubectl and gcloud write it."""
    return f"{taint.key}={taint.value}:{taint.effect}"


def _shielded(wanted: NodeSettings, found: container_v1.NodePool) -> Texts:
    shielded, has = wanted.shielded, found.config.shielded_instance_config
    said = [] if shielded is None else sorted(shielded.model_fields_set)
    theirs = {"secure_boot": has.enable_secure_boot, "integrity_monitoring": has.enable_integrity_monitoring}
    return (
        listed(f"{name.replace('_', ' ')} {flag(getattr(shielded, name))}" for name in said),
        listed(f"{name.replace('_', ' ')} {flag(theirs[name])}" for name in said),
    )


def _among(wanted: list[str], found: container_v1.NodePool, *, field: str) -> Texts:
    has = set(getattr(found.config, field))
    return listed(wanted), listed(text for text in wanted if text in has)


_ASPECTS = (
    _Aspect(name="autoscaling", texts=_autoscaling, flags=_autoscaling_flags),
    _Aspect(
        name="machine_type",
        texts=lambda wanted, found: (str(wanted.machine_type), found.config.machine_type),
        flags=lambda wanted: ("--machine-type", str(wanted.machine_type)),
    ),
    _Aspect(
        name="disk_size_gb",
        texts=lambda wanted, found: (
            str(wanted.disk_size_gb),
            str(found.config.disk_size_gb or found.config.boot_disk.size_gb),
        ),
        flags=lambda wanted: ("--disk-size", str(wanted.disk_size_gb)),
    ),
    _Aspect(
        name="disk_type",
        texts=lambda wanted, found: (
            str(wanted.disk_type),
            found.config.disk_type or found.config.boot_disk.disk_type,
        ),
        flags=lambda wanted: ("--disk-type", str(wanted.disk_type)),
    ),
    _Aspect(name="image_type", texts=lambda wanted, found: (str(wanted.image_type), found.config.image_type.upper())),
    _Aspect(name="gpu", texts=_gpu),
    _Aspect(name="spot", texts=lambda wanted, found: (flag(wanted.spot), flag(found.config.spot))),
    _Aspect(
        name="node_labels",
        texts=lambda wanted, found: (
            pairs(wanted.node_labels),
            pairs(part_of(found.config.labels, wanted.node_labels)),
        ),
        flags=lambda wanted: ("--node-labels", pairs(wanted.node_labels).replace(", ", ",")),
    ),
    _Aspect(
        name="taints",
        texts=_taints,
        flags=lambda wanted: ("--node-taints", ",".join(taint_text(taint) for taint in wanted.taints)),
    ),
    _Aspect(
        name="tags",
        texts=lambda wanted, found: _among(list(wanted.tags), found, field="tags"),
        flags=lambda wanted: ("--tags", ",".join(wanted.tags)),
    ),
    _Aspect(
        name="service_account",
        texts=lambda wanted, found: (str(wanted.service_account), found.config.service_account or "none"),
    ),
    _Aspect(
        name="scopes",
        texts=lambda wanted, found: _among(scope_urls(wanted) if wanted.scopes else [], found, field="oauth_scopes"),
    ),
    _Aspect(name="shielded", texts=_shielded),
)
