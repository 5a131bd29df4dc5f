"""The hook definitions and the workflow that others copy, run as they stand in a repository."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import pytest

from tests.contract.git.clone import Clone
from tfk8s.manifest.yaml import load_one

pytestmark = pytest.mark.contract

ROOT = Path(__file__).resolve().parents[3]
SPEC = """\
apiVersion: tfk8s.dev/v1
name: resnet
namespace: serving
model: {{name: resnet, source: "gs://models/resnet"}}
serviceAccount: {{googleServiceAccount: none}}
resources: {{cpu: 2, memory: {memory}}}
scaling: {{replicas: 2}}
"""
GH = """\
#!/bin/sh
printf '%s\\n' "$@" > "$CALLED"
"""


def loaded(name: str) -> Any:
    return cast("Any", load_one((ROOT / name).read_bytes(), source=name).value)


def environment(**more: str) -> dict[str, str]:
    """The installed tfk8s and nothing of GitHub's but what is given."""
    return {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": os.environ["HOME"], **more}


def run(script: str, *, folder: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a step as GitHub does."""
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture
def team(clone: Clone) -> Clone:
    """A repository with a spec and what it is rendered to, committed."""
    clone.write("services/resnet.yaml", SPEC.format(memory="2Gi"))
    done = run("tfk8s render -f services --out manifests", folder=clone.root, env=environment())
    assert done.returncode == 0, done.stderr
    clone.commit("the service")
    return clone


RENDERING = [hook for hook in loaded(".pre-commit-hooks.yaml") if hook["entry"].startswith("tfk8s render")]
CHECKING = [hook for hook in loaded(".pre-commit-hooks.yaml") if hook not in RENDERING]


@pytest.mark.parametrize("hook", CHECKING, ids=lambda hook: hook["id"])
def test_a_hook_passes_on_what_can_be_deployed_and_not_on_what_would_fail(team: Clone, hook: dict[str, Any]) -> None:
    words = shlex.join([*shlex.split(hook["entry"]), "-f", "services", *hook["args"]])
    before = run(words, folder=team.root, env=environment())
    assert before.returncode == 0, before.stdout + before.stderr

    (deployment,) = (team.root / "manifests").rglob("*deployment*.yaml")
    deployment.write_text(deployment.read_text().replace("--enable_profiler=", "--enable_profilers="))
    after = run(words, folder=team.root, env=environment())

    assert after.returncode == 3
    assert "--enable_profilers is no flag of tensorflow_model_server" in after.stdout
    assert team.git("status", "--porcelain").split() == ["M", deployment.relative_to(team.root).as_posix()]


@pytest.mark.parametrize("hook", RENDERING, ids=lambda hook: hook["id"])
def test_a_hook_passes_on_fresh_files_and_not_on_stale_ones(team: Clone, hook: dict[str, Any]) -> None:
    words = [*shlex.split(hook["entry"]), "-f", "services", *hook["args"]]
    before = run(shlex.join(words), folder=team.root, env=environment())
    assert before.returncode == 0, before.stderr

    team.write("services/resnet.yaml", SPEC.format(memory="3Gi"))
    after = run(shlex.join(words), folder=team.root, env=environment())

    is_written = bool(team.git("status", "--porcelain", "manifests"))
    assert (after.returncode, is_written) == ((3, False) if "--check" in hook["entry"] else (0, True))


def test_hooks_have_what_pre_commit_asks_of_them() -> None:
    for hook in loaded(".pre-commit-hooks.yaml"):
        assert {"id", "name", "entry", "language"} <= hook.keys()
        assert hook["language"] == "python"
        assert hook["pass_filenames"] is False


def steps() -> list[dict[str, Any]]:
    return [step for step in loaded("examples/github-actions/tfk8s.yml")["jobs"]["review"]["steps"] if "run" in step]


def review(team: Clone, *, base: str, folder: Path) -> tuple[list[int], str, list[str]]:
    """Every `run` of the workflow but the installation; exit codes, the summary, and how `gh` was called."""
    (folder / "bin").mkdir()
    program = folder / "bin" / "gh"
    program.write_text(GH)
    program.chmod(0o755)
    called, summary = folder / "called", folder / "summary"
    event = {"github.event.pull_request.base.sha": base, "github.event.pull_request.number": "7"}
    event |= {"github.token": "t", "github.repository": "team/services"}
    files = {"GITHUB_STEP_SUMMARY": str(summary), "RUNNER_TEMP": str(folder), "CALLED": str(called)}
    codes = list[int]()
    for step in steps():
        if step["name"] == "Install":
            continue
        own = {
            name: event[str(value).removeprefix("${{ ").removesuffix(" }}")]
            for name, value in step.get("env", {}).items()
        }
        env = environment(**files, **loaded("examples/github-actions/tfk8s.yml")["env"], **own)
        env["PATH"] = f"{folder / 'bin'}:{env['PATH']}"
        codes.append(run(step["run"], folder=team.root, env=env).returncode)
        if codes[-1]:
            break
    said = summary.read_text() if summary.exists() else ""
    return codes, said, called.read_text().splitlines() if called.exists() else []


def test_the_workflow_comments_on_what_a_pull_request_changes(team: Clone, tmp_path: Path) -> None:
    base = team.git("rev-parse", "HEAD")
    team.write("services/resnet.yaml", SPEC.format(memory="3Gi"))
    run("tfk8s render -f services --out manifests", folder=team.root, env=environment())
    team.commit("more memory")

    codes, summary, called = review(team, base=base, folder=tmp_path)

    assert codes == [0, 0, 0]
    assert "memory request and limit 2Gi to 3Gi: rolls all pods" in summary
    assert called[:3] == ["pr", "comment", "7"]
    assert called[called.index("--body-file") + 1] == str(tmp_path / "review.md")


def test_the_workflow_stops_at_rendered_files_that_nobody_rendered_again(team: Clone, tmp_path: Path) -> None:
    base = team.git("rev-parse", "HEAD")
    team.write("services/resnet.yaml", SPEC.format(memory="3Gi"))
    team.commit("more memory, and nothing rendered")

    codes, _, called = review(team, base=base, folder=tmp_path)

    assert (codes, called) == ([3], [])


def test_the_workflow_may_read_the_code_and_comment_and_nothing_else() -> None:
    workflow = loaded("examples/github-actions/tfk8s.yml")

    assert workflow["permissions"] == {}
    assert workflow["jobs"]["review"]["permissions"] == {"contents": "read", "pull-requests": "write"}
    assert not any("${{" in step["run"] for step in steps()), "an expression in a script runs what a branch is named"
