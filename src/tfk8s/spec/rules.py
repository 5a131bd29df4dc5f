"""All rules that join several fields. Each is asked, whatever the others found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfk8s.spec import (
    checks,
    envoy_front,
    rules_cluster,
    rules_existing,
    rules_expose,
    rules_fleet,
    rules_gitops,
    rules_model,
    rules_regions,
    rules_server,
)

if TYPE_CHECKING:
    from tfk8s.spec.service import ServiceSpec
    from tfk8s.spec.violation import Violation

RULES = (
    rules_model.models_are_given_once,
    rules_model.labels_point_to_versions,
    rules_model.buckets_have_an_identity,
    rules_model.baked_images_reach_the_nodes,
    rules_model.images_hold_their_models,
    rules_model.signatures_have_one_signatory,
    rules_server.flags_are_understood,
    rules_server.collected_metrics_are_served,
    rules_server.objectives_can_be_missed,
    rules_server.thread_pools_are_set_once,
    rules_server.batches_fit,
    rules_server.gpus_have_their_image,
    rules_cluster.scaling_has_a_range,
    rules_cluster.ports_are_exposed_once,
    rules_expose.exposure_fields_fit_the_type,
    rules_expose.administration_is_exposed_on_purpose,
    rules_expose.hosts_are_given_once,
    rules_expose.certificates_have_one_source,
    rules_expose.fronts_are_named,
    rules_expose.clouds_match,
    rules_fleet.fleets_have_their_gateway,
    envoy_front.guards_have_a_front,
    rules_cluster.tolerations_make_sense,
    rules_cluster.peers_are_somebody,
    rules_cluster.accounts_are_consistent,
    rules_cluster.namespaces_are_ours_to_make,
    rules_cluster.times_fit,
    rules_cluster.kind_nodes_are_counted_once,
    rules_existing.kept_objects_have_their_selectors,
    rules_existing.kept_fronts_are_rendered,
    rules_existing.port_numbers_are_given_once,
    rules_gitops.followed_images_have_a_place,
    rules_regions.rollouts_have_regions,
    checks.switched_off_codes_are_known,
    rules_cluster.the_cluster_has_what_the_service_needs,
)


def violations(spec: ServiceSpec) -> tuple[Violation, ...]:
    """Everything that is wrong with a spec whose fields, each by itself, are right."""
    return tuple(violation for rule in RULES for violation in rule(spec))
