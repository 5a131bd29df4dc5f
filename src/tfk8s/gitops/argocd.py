"""A service for Argo CD: the kustomize form with a sync wave on each object, and an Application an environment.

No difference is ignored: what the autoscaler and the API server set is not in Git, and Argo CD compares what is. An
entry for `spec.replicas` would only let Argo CD write the number that it read a moment ago over the autoscaler's. The
API server compares: Argo CD's own way knows no defaults of custom kinds, and would find routes different for ever.
"""

from __future__ import annotations

from collections.abc import Mapping

from tfk8s.gitops.delivery import Target, annotated, targets
from tfk8s.gitops.files import yaml_file
from tfk8s.gitops.kustomize import kustomize_files
from tfk8s.gitops.request import FormFiles, FormRequest
from tfk8s.manifest import JsonObject, JsonValue, Manifest
from tfk8s.manifest.fields import text_at
from tfk8s.manifest.order import is_needed_by_pods

WAVE = "argocd.argoproj.io/sync-wave"
SYNC_OPTIONS = "argocd.argoproj.io/sync-options"
COMPARE_OPTIONS = "argocd.argoproj.io/compare-options"

_NEEDED_BY_PODS, _SERVER, _LAST = 0, 1, 2


def argocd_files(request: FormRequest) -> FormFiles:
    """Write the kustomize form, and `argocd/application-NAME.yaml` for each environment.

    Raises:
        InputError: the spec has no `gitops`, or something in it is lost on kustomize.
    """
    applications = {
        f"argocd/application-{target.name}.yaml": yaml_file(_application(target)) for target in targets(request)
    }
    return {**applications, **kustomize_files(annotated(request, annotations=_annotations))}


def sync_wave(manifest: Manifest) -> int:
    """The wave of an object: what pods need, the server, what scales it and lets the world in.

    Argo CD waits for health before it begins the next wave, and gives up when something is degraded. So what waits
    for others stands last: an autoscaler is degraded until pods report metrics, an address may take minutes, and a
    certificate needs the Ingress that comes with it.
    """
    ref = manifest.ref
    if ref.kind == "Service" and text_at(manifest.body, "spec", "type") == "LoadBalancer":
        return _LAST
    if ref.kind in {"Service", "Deployment"}:
        return _SERVER
    return _NEEDED_BY_PODS if is_needed_by_pods(ref) else _LAST


def _annotations(manifest: Manifest) -> Mapping[str, str]:
    wave = {WAVE: str(sync_wave(manifest))}
    if manifest.ref.kind == "Namespace":  # it may hold more than this service
        return {**wave, SYNC_OPTIONS: "Prune=false,Delete=false"}
    return wave


def _application(target: Target) -> JsonObject:
    settings = target.gitops.argocd
    options: list[JsonValue] = ["ServerSideApply=true", "ApplyOutOfSyncOnly=true", "PruneLast=true"]
    policy: JsonObject = {
        "syncOptions": options,
        "retry": {"limit": 5, "backoff": {"duration": "10s", "factor": 2, "maxDuration": "3m"}},
    }
    if settings.automated:
        policy["automated"] = {"prune": settings.prune, "selfHeal": settings.self_heal}
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {
            "name": target.name,
            "namespace": settings.namespace,
            "annotations": {COMPARE_OPTIONS: "ServerSideDiff=true"},
        },
        "spec": {
            "project": settings.project,
            "source": {
                "repoURL": target.gitops.repository,
                "targetRevision": target.gitops.revision,
                "path": target.folder,
            },
            "destination": {"server": settings.server, "namespace": target.there.spec.namespace},
            "syncPolicy": policy,
        },
    }
