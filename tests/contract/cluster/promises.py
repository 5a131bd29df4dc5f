"""What the use-cases rely on, once for every kind of cluster."""

from __future__ import annotations

import json

import pytest

from tests.contract.cluster.conftest import Subject
from tfk8s.errors import ClusterRejectedError, InputError, PreconditionError
from tfk8s.manifest import JsonObject, Manifest
from tfk8s.manifest.fields import integer_at, labels_of, object_at, text_at
from tfk8s.plan import HAND_OVER_MANAGER, Predicted, RefusalReason, Refused, owners_of
from tfk8s.plan.managers import applied_fields, holds_alone
from tfk8s.plan.takeover import moved_fields
from tfk8s.ports import ApplyOptions, ObjectQuery
from tfk8s.rights import rights_on

_HOLDING = ApplyOptions(field_manager=HAND_OVER_MANAGER, force_conflicts=True)


class ClusterPromises:
    """Subclassed with a `subject` fixture."""

    def live(self, subject: Subject, manifest: Manifest) -> JsonObject:
        body = subject.cluster.get(manifest.ref)
        assert body is not None
        return body

    def test_an_absent_object_is_none(self, subject: Subject) -> None:
        assert subject.cluster.get(subject.deployment().ref) is None

    def test_a_dry_run_predicts_and_stores_nothing(self, subject: Subject) -> None:
        wanted = subject.deployment(replicas=3)

        prediction = subject.cluster.dry_run(wanted)

        assert isinstance(prediction, Predicted)
        assert integer_at(prediction.body, "spec", "replicas") == 3
        assert subject.cluster.get(wanted.ref) is None

    def test_applying_twice_keeps_the_resource_version(self, subject: Subject) -> None:
        first = subject.cluster.apply(subject.deployment(replicas=3))

        second = subject.cluster.apply(subject.deployment(replicas=3))

        assert text_at(second, "metadata", "resourceVersion") == text_at(first, "metadata", "resourceVersion") != ""

    def test_an_apply_at_a_version_that_is_not_the_live_one_is_refused_and_stores_nothing(
        self, subject: Subject
    ) -> None:
        first = subject.cluster.apply(subject.config_map(text="one"))
        seen = text_at(first, "metadata", "resourceVersion")

        def at(version: str, text: str) -> Manifest:
            body = subject.config_map(text=text).body
            return Manifest.of({**body, "metadata": {**object_at(body, "metadata"), "resourceVersion": version}})

        second = subject.cluster.apply(at(seen, "two"))
        with pytest.raises(ClusterRejectedError) as refused:
            subject.cluster.apply(at(seen, "three"))

        assert refused.value.details == ()
        live = self.live(subject, subject.config_map())
        assert text_at(live, "data", "text") == "two"
        assert text_at(live, "metadata", "resourceVersion") == text_at(second, "metadata", "resourceVersion")
        assert "f:resourceVersion" not in json.dumps(applied_fields(live))

    def test_an_apply_to_another_object_of_that_name_is_refused(self, subject: Subject) -> None:
        body = subject.config_map(text="one").body
        subject.cluster.apply(subject.config_map(text="one"))
        other = Manifest.of({**body, "metadata": {**object_at(body, "metadata"), "uid": "not-this-one"}})

        with pytest.raises(ClusterRejectedError):
            subject.cluster.apply(other)

    def test_every_character_arrives(self, subject: Subject) -> None:
        text = "🦜 \u2028 \u0085 \x7f \\ud83e\\udd9c 'x' \"y\" \n\t{{ }}"

        stored = subject.cluster.apply(subject.config_map(text=text))

        assert text_at(stored, "data", "text") == text

    def test_an_applied_object_has_identity_and_our_fields(self, subject: Subject) -> None:
        subject.cluster.apply(subject.deployment(replicas=3))

        live = self.live(subject, subject.deployment())

        assert text_at(live, "metadata", "uid")
        assert holds_alone(live, "spec", "replicas")
        assert applied_fields(live)

    def test_a_field_that_we_drop_goes_back_to_its_default(self, subject: Subject) -> None:
        subject.cluster.apply(subject.deployment(replicas=3))

        subject.cluster.apply(subject.deployment())

        assert integer_at(self.live(subject, subject.deployment()), "spec", "replicas") == 1

    def test_a_second_manager_keeps_a_field_that_we_drop(self, subject: Subject) -> None:
        subject.cluster.apply(subject.deployment(replicas=3))
        ref = subject.deployment().ref
        only: JsonObject = {
            "apiVersion": ref.api_version,
            "kind": ref.kind,
            "metadata": {"name": ref.name, "namespace": ref.namespace},
        }

        subject.cluster.apply(Manifest(ref=ref, body={**only, "spec": {"replicas": 3}}), options=_HOLDING)
        subject.cluster.apply(subject.deployment())

        live = self.live(subject, subject.deployment())
        assert integer_at(live, "spec", "replicas") == 3
        assert [owner.manager for owner in owners_of(live, "spec", "replicas")] == [HAND_OVER_MANAGER]

        subject.cluster.apply(subject.deployment(replicas=3))
        subject.cluster.apply(Manifest(ref=ref, body=only), options=_HOLDING)

        live = self.live(subject, subject.deployment())
        assert integer_at(live, "spec", "replicas") == 3
        assert holds_alone(live, "spec", "replicas")

    def test_a_conflict_names_the_field_and_the_manager(self, subject: Subject) -> None:
        subject.cluster.apply(subject.deployment(replicas=3))

        refused = subject.cluster.dry_run(
            subject.deployment(replicas=5), options=ApplyOptions(field_manager="somebody")
        )

        assert isinstance(refused, Refused)
        assert refused.reason is RefusalReason.CONFLICT
        assert [cause.field for cause in refused.causes] == [".spec.replicas"]
        assert '"tfk8s"' in refused.causes[0].message

    def test_a_count_that_nobody_applied_is_left_alone_and_has_no_owner(self, subject: Subject) -> None:
        subject.cluster.apply(subject.deployment())
        subject.scale(subject.deployment().ref, 4)

        subject.cluster.apply(subject.deployment())

        live = self.live(subject, subject.deployment())
        assert integer_at(live, "spec", "replicas") == 4
        assert owners_of(live, "spec", "replicas") == ()

    def test_an_applied_count_that_is_changed_through_scale_conflicts(self, subject: Subject) -> None:
        subject.cluster.apply(subject.deployment(replicas=3))
        subject.scale(subject.deployment().ref, 4)

        live = self.live(subject, subject.deployment())
        assert integer_at(live, "spec", "replicas") == 4
        assert [owner.subresource for owner in owners_of(live, "spec", "replicas")] == ["scale"]
        with pytest.raises(ClusterRejectedError) as refused:
            subject.cluster.apply(subject.deployment(replicas=3))
        assert any(".spec.replicas" in line for line in refused.value.details)

    def test_force_takes_a_field_from_its_manager(self, subject: Subject) -> None:
        subject.cluster.apply(subject.deployment(replicas=3))
        subject.scale(subject.deployment().ref, 4)

        subject.cluster.apply(subject.deployment(replicas=2), options=ApplyOptions(force_conflicts=True))

        live = self.live(subject, subject.deployment())
        assert integer_at(live, "spec", "replicas") == 2
        assert holds_alone(live, "spec", "replicas")

    def test_a_label_of_somebody_else_survives(self, subject: Subject) -> None:
        subject.cluster.apply(subject.config_map(a="1"))
        subject.label(subject.config_map().ref, "team", "vision")

        subject.cluster.apply(subject.config_map(a="2"))

        assert labels_of(self.live(subject, subject.config_map())) == {"app": "web", "team": "vision"}

    def test_another_selector_is_refused_with_the_field(self, subject: Subject) -> None:
        subject.cluster.apply(subject.deployment())
        body = json.loads(json.dumps(subject.deployment().body))
        for labels in (body["spec"]["selector"]["matchLabels"], body["spec"]["template"]["metadata"]["labels"]):
            labels["more"] = "x"

        refused = subject.cluster.dry_run(Manifest.of(body))

        assert isinstance(refused, Refused)
        assert refused.reason is RefusalReason.INVALID
        assert [cause.field for cause in refused.causes] == ["spec.selector"]

    def test_a_dry_run_of_a_replacement_has_defaults_and_nothing_that_others_added(self, subject: Subject) -> None:
        wanted = subject.deployment()
        subject.cluster.apply(wanted)
        subject.label(wanted.ref, "team", "vision")
        subject.scale(wanted.ref, 4)
        live = self.live(subject, wanted)

        answer = subject.cluster.dry_run_replace(wanted, live=live)

        assert isinstance(answer, Predicted)
        assert labels_of(answer.body) == {}
        assert integer_at(answer.body, "spec", "replicas") == 1
        assert self.live(subject, wanted) == live

    def test_a_replacement_that_cannot_be_is_refused(self, subject: Subject) -> None:
        live = subject.cluster.apply(subject.deployment())
        body = json.loads(json.dumps(subject.deployment().body))
        for labels in (body["spec"]["selector"]["matchLabels"], body["spec"]["template"]["metadata"]["labels"]):
            labels["more"] = "x"

        refused = subject.cluster.dry_run_replace(Manifest.of(body), live=live)

        assert isinstance(refused, Refused)
        assert refused.reason is RefusalReason.INVALID

    def test_an_unknown_field_is_the_users_mistake(self, subject: Subject) -> None:
        wrong = subject.deployment(replica=3)

        refused = subject.cluster.dry_run(wrong)

        assert isinstance(refused, Refused)
        assert refused.reason is RefusalReason.UNKNOWN_FIELD
        assert ".spec.replica" in refused.message
        with pytest.raises(InputError):
            subject.cluster.apply(wrong)

    def test_a_namespace_that_is_not_there_has_a_reason_of_its_own(self, subject: Subject) -> None:
        body = json.loads(json.dumps(subject.config_map().body))
        body["metadata"]["namespace"] = "nowhere"

        refused = subject.cluster.dry_run(Manifest.of(body))

        assert isinstance(refused, Refused)
        assert refused.reason is RefusalReason.NO_NAMESPACE
        with pytest.raises(PreconditionError):
            subject.cluster.apply(Manifest.of(body))

    def test_a_kind_that_is_not_served_is_named(self, subject: Subject) -> None:
        body: JsonObject = {
            "apiVersion": "example.test/v1",
            "kind": "Wheel",
            "metadata": {"name": "w", "namespace": subject.namespace},
        }
        manifest = Manifest.of(body)

        assert not subject.cluster.serves(api_version="example.test/v1", kind="Wheel")
        assert subject.cluster.get(manifest.ref) is None
        with pytest.raises(PreconditionError, match=r"Wheel of example\.test/v1"):
            subject.cluster.dry_run(manifest)

    def test_lists_hold_what_carries_all_labels(self, subject: Subject) -> None:
        subject.cluster.apply(subject.config_map("one", labels={"app": "web", "part": "a"}))
        subject.cluster.apply(subject.config_map("two", labels={"app": "web"}))
        query = ObjectQuery(
            api_version="v1", kind="ConfigMap", namespace=subject.namespace, labels={"app": "web", "part": "a"}
        )

        found = subject.cluster.list(query)

        assert [(body["kind"], text_at(body, "metadata", "name")) for body in found] == [("ConfigMap", "one")]

    def test_deleting_means_one_identity(self, subject: Subject) -> None:
        stored = subject.cluster.apply(subject.config_map())
        ref = subject.config_map().ref

        assert not subject.cluster.delete(ref, uid="another")
        assert subject.cluster.get(ref) is not None
        assert subject.cluster.delete(ref, uid=text_at(stored, "metadata", "uid"))
        assert subject.cluster.get(ref) is None
        assert not subject.cluster.delete(ref)

    def test_reassigned_fields_are_removed_by_the_next_apply(self, subject: Subject) -> None:
        subject.cluster.apply(subject.config_map(labels={"kept": "1"}), options=ApplyOptions(field_manager="kubectl"))
        ref = subject.config_map().ref
        live = subject.cluster.get(ref) or {}
        fields = moved_fields(live, counts_replicas=False)

        stale = subject.cluster.reassign(ref, fields=fields, version="1")
        moved = subject.cluster.reassign(ref, fields=fields, version=text_at(live, "metadata", "resourceVersion"))
        after = subject.cluster.apply(subject.config_map())

        assert (stale, moved) == (False, True)
        assert "kept" not in object_at(after, "metadata", "labels")

    def test_the_login_has_a_name(self, subject: Subject) -> None:
        assert subject.cluster.user()

    def test_the_release_and_the_identity_are_told(self, subject: Subject) -> None:
        assert subject.cluster.release().startswith("v1.")
        assert subject.cluster.identity.server.startswith("https://127.0.0.1:")

    def test_an_administrator_lacks_no_right(self, subject: Subject) -> None:
        ref = subject.deployment().ref
        wanted = rights_on([ref], "get", "list", "patch", "create", "delete")

        assert subject.cluster.lacking(wanted) == ()
