"""What `versions add` says, to programs and to people."""

from __future__ import annotations

import json
from pathlib import Path

from tests.unit.app.add_stage import SPEC, Stage, Y
from tests.unit.model.savedmodels import tensor
from tfk8s.app.versions_add import foresee_add
from tfk8s.app.versions_prepare import prepare_add
from tfk8s.app.versions_report import added_json, added_lines, plan_json, plan_lines


def test_the_outcome_for_programs_holds_the_gate_the_trial_and_all_that_was_written(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.write(stage.export, release="2.20.0", inputs={"image": tensor("x:0")}, outputs={"y": Y})

    said = json.loads(json.dumps(added_json(stage.add(allow_breaking=True))))

    assert (said["model"], said["version"], said["comparedWith"], said["dryRun"]) == ("resnet", 2, 1, False)
    assert said["digest"].startswith("sha256:")
    assert [(change["kind"], change["breaking"]) for change in said["contract"]] == [("input-renamed", True)]
    assert said["memory"]["leastBytes"] < said["memory"]["enoughBytes"] == said["memory"]["afterBytes"]
    assert said["trial"]["answer"].startswith("a prediction was answered by version 2")
    assert said["trial"]["loadSeconds"] == 5.0
    assert said["versions"] == [1, 2]
    assert said["written"] == [str(stage.file)]
    assert not said["wasThere"]


def test_the_same_again_is_told_in_one_line(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    first = list(added_lines(stage.add()))
    again = list(added_lines(stage.add()))

    assert first[0] == "added version 2 of resnet"
    assert first[-1] == "move a label to it with: tfk8s versions promote stable 2"
    assert again == ["version 2 of resnet is there already; nothing was changed"]


def test_a_dry_run_tells_every_step_and_what_would_go(tmp_path: Path) -> None:
    spec = SPEC.replace("[1]", "[1, 2, 3]").replace("stable: 1", "stable: 3")
    stage = Stage(tmp_path, spec=spec, versions=(1, 2, 3))
    request = stage.request(keep=2)
    plan = prepare_add(request, world=stage.world(), store=stage.keeper)
    would = foresee_add(request, plan, world=stage.world())

    said = plan_json(plan, would=would)
    lines = list(plan_lines(plan, would=would, trial=False))

    assert (said["dryRun"], said["removed"], said["versions"]) == (True, [1, 2], [3, 4])
    assert said["wouldChange"] == ["update: ConfigMap/resnet-config in default", "update: Deployment/resnet in default"]
    assert lines[0] == f"would add version 4 of resnet from {stage.export}, compared with version 3"
    assert "  version 1 is removed: requests that name it are answered 404 then" in lines
    assert "  no trial load: --no-trial" in lines
    assert "  spec: versions: [3, 4]" in lines
