"""The use-case of `tfk8s rbac`: what a service consists of, and the roles for the people and programs around it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from tfk8s.app.front_iap import secret_of_iap
from tfk8s.app.manifest_files import State, compare_files
from tfk8s.app.render import RenderRequest, render_service
from tfk8s.app.service import ServiceName
from tfk8s.errors import InputError
from tfk8s.gitops.files import file_name, yaml_file
from tfk8s.manifest import Manifest, Manifests, ObjectRef
from tfk8s.manifest.fields import object_at, objects_at, text_at
from tfk8s.manifest.scalers import AUTOSCALER, AUTOSCALER_API, KEDA_API, SCALED_OBJECT, name_given_by
from tfk8s.model import ModelInfo
from tfk8s.plan import inventory_ref
from tfk8s.render.canary import canary_name, canary_refs
from tfk8s.render.kinds import made_kinds
from tfk8s.render.publisher import PUBLISHER
from tfk8s.render.storage import config_map_name
from tfk8s.render.trial import TRIAL
from tfk8s.rights import Role, RoleOptions, Thing, Things, role_objects
from tfk8s.spec import ClaimSource, ServiceSpec, object_name
from tfk8s.spec.envoy_front import keys_secret

_GATEWAY_API = "gateway.networking.k8s.io/v1"
_INGRESS_API = "networking.k8s.io/v1"
_FILE = re.compile(r"-(?:cluster)?role(?:binding)?-[^/]*\.yaml\Z")
_NOT_LISTED = frozenset({"Namespace", "Secret", "ConfigMap"})
"""A namespace stays when a service goes; a list of the others shows what is in all of them."""

ServiceSource: TypeAlias = tuple[ServiceSpec, Path, Mapping[str, ModelInfo]]
"""A spec, the folder that its paths start from, and what is known of its models."""


def rendered_things(sources: Sequence[ServiceSource]) -> Things:
    """The parts of a service that any of its specs renders; the first one is that of today.

    Raises:
        InputError: one cannot be rendered, or is of another service.
    """
    spec = sources[0][0]
    name = ServiceName.of(spec)
    found: dict[ObjectRef, Manifest] = {}
    for other, base, infos in sources:
        if (other.name, other.namespace) != (spec.name, spec.namespace):
            raise InputError(
                f"the spec of before is of {other.name} in {other.namespace}, not of {spec.name} in {spec.namespace}",
                hint="name an earlier spec of the same service with --previous",
            )
        rendered = render_service(RenderRequest(spec=other, base=base, infos=infos))
        found |= {item.ref: item for item in rendered.manifests if item.ref not in found}
    return things_of(tuple(found.values()), name=name, spec=spec)


def files_of_roles(made: Mapping[str | None, Manifests]) -> dict[str, str]:
    """Path and text of each object's file; those of a region are in a folder of its name."""
    return {
        (name if region is None else f"{region}/{name}"): yaml_file(item.body)
        for region, objects in made.items()
        for item in objects
        for name in (file_name(item),)
    }


def refuse_other_files(folder: Path, files: Mapping[str, str]) -> None:
    """Leave a folder alone that holds other rendered files: they would be removed as no longer rendered.

    Raises:
        InputError: it does.
    """
    stale = [found.name for found in compare_files(folder, files) if found.state is State.STALE]
    others = [name for name in stale if not _FILE.search(name)]
    if others:
        raise InputError(
            f"{folder} holds {others[0]}, which is no role: it would be removed",
            hint="give the roles a folder of their own with --out",
        )


def roles_of(things: Things, roles: Sequence[Role], *, options: RoleOptions) -> Manifests:
    """The objects of these roles, role by role."""
    return tuple(item for role in roles for item in role_objects(role, things, options=options))


def things_of(manifests: Manifests, *, name: ServiceName, spec: ServiceSpec | None = None) -> Things:
    """The parts of a service as the table of rights names them.

    Args:
        manifests: its objects.
        name: the service.
        spec: for what is in no object: keys, and claims that are written.
    """
    found: dict[Thing, list[ObjectRef]] = {**_rendered(manifests, name=name), **_beside(name)}
    found["gateway"] = [*_gateways(manifests)]
    found["gateway class"] = [*_classes(manifests, "Gateway", "gatewayClassName", _GATEWAY_API)]
    found["ingress class"] = [*_classes(manifests, "Ingress", "ingressClassName", _INGRESS_API)]
    found["sign-in"] = [ref for item in manifests for ref in (secret_of_iap(item.body),) if ref is not None]
    found["token keys"] = [*_token_keys(manifests)]
    found["kinds"] = [*_kinds(name.namespace)]
    if spec is not None:
        found["keys"] = [*_keys(spec)]
        if not any(isinstance(model.parsed_source, ClaimSource) for model in spec.served_models):
            del found["publisher"]
    refs = {thing: tuple(dict.fromkeys(each)) for thing, each in found.items() if each}
    return Things(name=name.name, namespace=name.namespace, refs=refs)


def things_by_name(name: ServiceName) -> Things:
    """The parts of a running service that a label moves on: they have their names, whatever its spec renders."""
    place = {"namespace": name.namespace}
    deployed = name.objects.deployment if name.objects is not None else name.name
    deployment = ObjectRef(api_version="apps/v1", kind="Deployment", name=deployed, **place)
    config = ObjectRef(api_version="v1", kind="ConfigMap", name=config_map_name(name.name), **place)
    return Things(
        name=name.name,
        namespace=name.namespace,
        refs={
            "objects": (deployment, config),
            "deployment": (deployment,),
            "config": (config,),
            "record": (inventory_ref(name=name.name, **place),),
        },
    )


def _rendered(manifests: Manifests, *, name: ServiceName) -> dict[Thing, list[ObjectRef]]:
    names = name.objects
    objects = [item.ref for item in manifests if item.ref.kind != "Namespace"]
    deployment = names.deployment if names is not None else name.name
    main = {
        ("Deployment", deployment): "deployment",
        ("Service", name.service.name): "service",
        ("ConfigMap", config_map_name(name.name)): "config",
    }
    heirs = [_heir(item) for item in manifests if item.ref.kind == SCALED_OBJECT]
    return {
        "objects": objects,
        "optional objects": [ref for ref in objects if (ref.kind, ref.name) not in main],
        "deployment": [ref for ref in objects if main.get((ref.kind, ref.name)) == "deployment"],
        "service": [ref for ref in objects if main.get((ref.kind, ref.name)) == "service"],
        "config": [ref for ref in objects if main.get((ref.kind, ref.name)) == "config"],
        "scaler": [*_scalers(name), *heirs],
        "heir": heirs,
        "namespace": [item.ref for item in manifests if item.ref.kind == "Namespace"],
        "claims": [*_claims(manifests, namespace=name.namespace)],
    }


def _beside(name: ServiceName) -> dict[Thing, list[ObjectRef]]:
    """What tfk8s makes beside the objects of the spec, always under the same names."""
    place = {"namespace": name.namespace}
    canary = [*canary_refs(name=name.name, namespace=name.namespace)]
    trial, publisher = object_name(name.name, TRIAL), object_name(name.name, PUBLISHER)
    return {
        "place": [ObjectRef(api_version="v1", kind="Namespace", namespace="", name=name.namespace)],
        "record": [inventory_ref(name=name.name, namespace=name.namespace)],
        "canary": canary,
        "canary scaler": [_autoscaler(canary_name(name.name), namespace=name.namespace)],
        "canary config": [ref for ref in canary if ref.kind == "ConfigMap"],
        "trial": [
            ObjectRef(api_version="batch/v1", kind="Job", name=trial, **place),
            ObjectRef(api_version="v1", kind="ConfigMap", name=trial, **place),
        ],
        "publisher": [ObjectRef(api_version="batch/v1", kind="Job", name=publisher, **place)],
    }


def _heir(scaled_object: Manifest) -> ObjectRef:
    """What KEDA makes of it."""
    return _autoscaler(name_given_by(scaled_object.body), namespace=scaled_object.ref.namespace)


def _scalers(name: ServiceName) -> list[ObjectRef]:
    """Those that are looked for, also where the spec has none: somebody else may have made one."""
    called = name.objects.autoscaler if name.objects is not None else name.name
    of_keda = ObjectRef(api_version=KEDA_API, kind=SCALED_OBJECT, namespace=name.namespace, name=name.name)
    return [_autoscaler(called, namespace=name.namespace), of_keda]


def _autoscaler(name: str, *, namespace: str) -> ObjectRef:
    return ObjectRef(api_version=AUTOSCALER_API, kind=AUTOSCALER, namespace=namespace, name=name)


def _claims(manifests: Manifests, *, namespace: str) -> Iterator[ObjectRef]:
    for item in manifests:
        for volume in objects_at(item.body, "spec", "template", "spec", "volumes"):
            claim = text_at(volume, "persistentVolumeClaim", "claimName")
            if claim:
                yield ObjectRef(api_version="v1", kind="PersistentVolumeClaim", namespace=namespace, name=claim)


def _gateways(manifests: Manifests) -> Iterator[ObjectRef]:
    """Gateways that the routes join, whoever made them."""
    for item in manifests:
        for parent in objects_at(item.body, "spec", "parentRefs") if item.ref.kind.endswith("Route") else ():
            place = text_at(parent, "namespace") or item.ref.namespace
            yield ObjectRef(api_version=_GATEWAY_API, kind="Gateway", namespace=place, name=text_at(parent, "name"))


def _classes(manifests: Manifests, kind: str, field: str, api_version: str) -> Iterator[ObjectRef]:
    for item in manifests:
        called = text_at(item.body, "spec", field) if item.ref.kind == kind else ""
        if called:
            yield ObjectRef(api_version=api_version, kind=f"{kind}Class", namespace="", name=called)


def _token_keys(manifests: Manifests) -> Iterator[ObjectRef]:
    """ConfigMaps with the public keys of issuers."""
    for item in manifests:
        for provider in objects_at(item.body, "spec", "jwt", "providers"):
            called = text_at(object_at(provider, "localJWKS", "valueRef"), "name")
            if called:
                yield ObjectRef(api_version="v1", kind="ConfigMap", namespace=item.ref.namespace, name=called)


def _keys(spec: ServiceSpec) -> Iterator[ObjectRef]:
    keys = spec.expose.api_keys
    if keys is not None:
        name = keys_secret(spec, keys)
        yield ObjectRef(api_version="v1", kind="Secret", namespace=spec.namespace, name=name)


def _kinds(namespace: str) -> Iterator[ObjectRef]:
    """Every kind that a spec may lead to, whose objects are looked for that should be gone."""
    for api_version, kind in made_kinds():
        if kind not in _NOT_LISTED:
            yield ObjectRef(api_version=api_version, kind=kind, namespace=namespace, name="")
