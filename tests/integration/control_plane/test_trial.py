"""A real API server knows each field of the objects of a trial, and a trial is no part of the service."""

from __future__ import annotations

import pytest

from tests.integration.control_plane.conftest import Desk
from tfk8s.app.render import read_models
from tfk8s.plan.observation import Predicted
from tfk8s.render import render
from tfk8s.render.trial import Trial, TrialWish, trial_objects
from tfk8s.spec import load_spec, object_names

pytestmark = [pytest.mark.control_plane]

MORE = {
    "placement": "{nodeSelector: {pool: models}, tolerations: [{key: models, operator: Exists}]}",
    "image": "{base: 'tensorflow/serving:2.19.0', pullSecrets: [login]}",
    "serving": "{env: {TF_CPP_MIN_LOG_LEVEL: '1'}, monitoring: true}",
    "labels": "{team: search}",
    "annotations": "{example.test/owner: search}",
}


def trial_of(desk: Desk, version: int = 20260101120000) -> Trial:
    spec = load_spec(desk.write_spec(**MORE))
    rendered = render(spec, read_models(spec, base=desk.folder))
    wish = TrialWish(model="resnet", base_path="gs://models/resnet", version=version, deadline_s=60)
    return trial_objects(rendered.manifests, names=object_names(spec), wish=wish)


def test_every_field_of_a_trial_is_known_to_the_server(desk: Desk) -> None:
    trial = trial_of(desk)

    for manifest in (trial.config, trial.job):
        assert isinstance(desk.cluster.dry_run(manifest), Predicted)


def test_a_trial_that_was_left_is_no_part_of_the_service(desk: Desk) -> None:
    trial = trial_of(desk)
    desk.apply()
    desk.cluster.apply(trial.config)
    desk.cluster.apply(trial.job)

    again = desk.run("diff", "--exit-code")

    assert again.exit_code == 0, again.output
    assert desk.cluster.delete(trial.job.ref)
    assert desk.cluster.delete(trial.config.ref)
