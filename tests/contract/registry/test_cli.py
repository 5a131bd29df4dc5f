"""`tfk8s image build` and `push` as a user runs them: the real program against a real registry."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.fakes.artifact_registry import FakeArtifactRegistry
from tests.fakes.artifact_registry import artifact_registry as fake_artifact_registry
from tests.fakes.connect_proxy import connect_proxy
from tests.fakes.google_tokens import google_tokens, service_account
from tests.fakes.traffic import SENDING, Fault
from tests.registry.fixtures import StartRegistry
from tests.registry.images import push_base
from tests.registry.running import ACCESS_TOKEN, ARTIFACT_REGISTRY, Kind, RunningRegistry
from tests.unit.model.savedmodels import Version

pytestmark = pytest.mark.contract

LIMIT_S = 60
NAME = "project/repository/half"


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A run that is over."""

    code: int
    stdout: str
    stderr: str

    def answer(self) -> dict[str, object]:
        assert self.code == 0, self.stderr
        found = json.loads(self.stdout)
        assert isinstance(found, dict)
        return found


@dataclass(kw_only=True)
class Desk:
    """A folder with a spec and a model, and a home without any login."""

    folder: Path
    registry: RunningRegistry
    base: str
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str, **environment: str) -> Ran:
        done = subprocess.run(
            self._command(arguments),
            cwd=self.folder,
            env=self._environment(environment),
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
        )
        return Ran(code=done.returncode, stdout=done.stdout, stderr=done.stderr)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self._command(arguments),
            cwd=self.folder,
            env=self._environment({}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )

    def write_model(self, *, versions: tuple[int, ...] = (1,), size_bytes: int = 600_000) -> None:
        for version in versions:
            block = random.Random(version).randbytes(min(size_bytes, 1 << 20))  # noqa: S311 - no secret
            weights = block * (size_bytes // len(block))
            Version(files={"assets/weights": weights}).write(self.folder / "half" / str(version))

    def write_spec(self, *, repository: str = "", versions: str = "all") -> None:
        image = f"base: {self.base}, repository: {repository or self.repository}"
        (self.folder / "tfk8s.yaml").write_text(
            "apiVersion: tfk8s.dev/v1\nname: half\n"
            f"model: {{source: ./half, versions: {versions}}}\nimage: {{{image}}}\n"
        )

    @property
    def repository(self) -> str:
        return f"{self.registry.host}/{NAME}"

    def _command(self, arguments: tuple[str, ...]) -> list[str]:
        return [sys.executable, "-m", "tfk8s", *arguments]

    def _environment(self, more: Mapping[str, str]) -> dict[str, str]:
        own = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "NO_GCE_CHECK": "true"}
        return {**own, **self.registry.environment(), **self.environment, **more}


def _desk(registry: RunningRegistry, folder: Path) -> Desk:
    place = folder / "desk"
    place.mkdir()
    desk = Desk(folder=place, registry=registry, base=push_base(registry, folder))
    desk.write_model()
    desk.write_spec()
    return desk


@pytest.fixture
def desk(registry: RunningRegistry, tmp_path: Path) -> Desk:
    return _desk(registry, tmp_path)


@pytest.fixture
def google(artifact_registry: RunningRegistry, tmp_path: Path) -> Desk:
    """Artifact Registry's name and challenge, and a login of Google's alone."""
    desk = _desk(artifact_registry, tmp_path)
    desk.environment = {"DOCKER_CONFIG": str(tmp_path / "none"), "GOOGLE_OAUTH_ACCESS_TOKEN": ACCESS_TOKEN}
    return desk


@pytest.fixture
def repositories() -> Iterator[FakeArtifactRegistry]:
    with fake_artifact_registry() as running:
        yield running


def test_push_prints_the_digest_of_a_valid_image_and_how_to_pin_it(desk: Desk) -> None:
    built = desk.run("image", "build", "-o", "json").answer()

    pushed = desk.run("image", "push")

    assert pushed.code == 0, pushed.stderr
    assert pushed.stdout == f"{desk.repository}@{built['digest']}\n"
    assert f"  digest: {built['digest']}\n" in pushed.stderr
    desk.registry.crane("validate", "--remote", str(built["image"]))
    assert desk.registry.crane("digest", str(built["image"])).strip() == built["digest"]


def test_a_pinned_digest_is_what_render_asks_the_nodes_for(desk: Desk) -> None:
    pinned = desk.run("image", "push").stdout.strip()
    text = (desk.folder / "tfk8s.yaml").read_text()
    (desk.folder / "tfk8s.yaml").write_text(text.replace("image: {", f"image: {{digest: {pinned.partition('@')[2]}, "))

    again = desk.run("image", "push", "-o", "json").answer()

    assert again["pinned"] == pinned
    assert f'image: "{pinned}"\n' in desk.run("render").stdout


def test_every_kind_of_registry_is_pushed_to_and_no_secret_is_shown(
    any_registry: RunningRegistry, tmp_path: Path
) -> None:
    desk = _desk(any_registry, tmp_path)

    pushed = desk.run("-vvv", "image", "push", "-o", "json")

    assert pushed.answer()["image"] is not None
    secrets = [any_registry.login.secret] if any_registry.login else []
    secrets += any_registry.tokens.issued if any_registry.tokens else []
    for secret in secrets:
        assert secret not in pushed.stdout + pushed.stderr


def test_a_second_push_sends_no_blob_and_a_new_version_its_own_layer(desk: Desk) -> None:
    desk.run("image", "push")
    desk.registry.traffic.forget()

    again = desk.run("image", "push", "-o", "json").answer()
    blob_bytes = desk.registry.traffic.blob_bytes()
    desk.write_model(versions=(2,))
    more = desk.run("image", "push", "-o", "json").answer()

    layers = more["layers"]
    assert isinstance(layers, list)
    assert (again["sentBytes"], blob_bytes) == (0, 0)
    assert layers[1]["version"] == 2
    assert desk.registry.traffic.blob_bytes() == more["sentBytes"]
    assert more["sentBytes"] < layers[1]["sizeBytes"] + 10_000  # the layer and the config


def test_a_dry_run_sends_nothing_and_says_what_a_push_will_send(desk: Desk) -> None:
    foreseen = desk.run("image", "push", "--dry-run", "-o", "json").answer()
    text = desk.run("image", "push", "--dry-run").stdout

    assert desk.registry.traffic.exchanges(SENDING) == ()
    assert [line.split()[:3] for line in text.splitlines()[-4:-1]] == [
        ["mount", "base", "layer"],
        ["mount", "base", "layer"],
        ["send", "model", "layer"],
    ]
    pushed = desk.run("image", "push", "-o", "json").answer()
    after = desk.run("image", "push", "--dry-run", "-o", "json").answer()
    sent, foreseen_bytes = pushed["sentBytes"], foreseen["sendsBytes"]
    assert isinstance(sent, int)
    assert isinstance(foreseen_bytes, int)
    assert 0 <= sent - foreseen_bytes < 10_000  # the config
    assert (after["present"], after["sendsBytes"]) == (True, 0)


def test_the_same_files_give_the_same_digest_in_another_folder(desk: Desk, tmp_path: Path) -> None:
    first = desk.run("image", "build", "-o", "json").answer()
    other = Desk(folder=tmp_path / "other", registry=desk.registry, base=desk.base)
    other.folder.mkdir()
    other.write_model()
    other.write_spec()
    os.utime(other.folder / "half" / "1" / "saved_model.pb", (0, 0))

    assert other.run("image", "build", "-o", "json").answer() == first


def test_a_model_directory_needs_no_spec(desk: Desk) -> None:
    (desk.folder / "tfk8s.yaml").unlink()
    options = ("--repository", desk.repository, "--base", desk.base, "--tag", "v1")

    pushed = desk.run("image", "push", "half", *options)

    assert pushed.code == 0, pushed.stderr
    desk.registry.crane("validate", "--remote", f"{desk.repository}:v1")


def test_annotations_say_where_model_and_base_come_from(desk: Desk) -> None:
    source = "org.opencontainers.image.source=https://example.test/model?a=b"
    built = desk.run("image", "push", "--annotation", source, "-o", "json").answer()

    found = json.loads(desk.registry.crane("manifest", str(built["image"])))["annotations"]

    base = built["base"]
    assert isinstance(base, dict)
    assert found["org.opencontainers.image.source"] == "https://example.test/model?a=b"
    assert found["org.opencontainers.image.base.digest"] == base["digest"] == desk.base.partition("@")[2]
    assert found["dev.tfk8s.model-digest"].startswith("sha256:")


def test_an_image_is_written_as_a_layout_and_as_an_archive_and_a_layout_can_be_a_base(desk: Desk) -> None:
    built = desk.run("image", "build", "-o", "oci:out", "-o", "tar:image.tar", "-o", "json").answer()

    desk.registry.crane("validate", "--tarball", desk.folder / "image.tar")
    desk.registry.crane("push", desk.folder / "out", f"{desk.repository}:copied")
    again = desk.run("image", "build", "--base", "oci:out", "--tag", "v2", "-o", "json").answer()

    assert desk.registry.crane("digest", f"{desk.repository}:copied").strip() == built["digest"]
    base = again["base"]
    assert isinstance(base, dict)
    assert base["digest"] == built["digest"]


def test_a_service_account_makes_the_repository_and_pushes(google: Desk, repositories: FakeArtifactRegistry) -> None:
    with google_tokens() as tokens:
        account = service_account(token_uri=tokens.token_uri)
        tokens.public_key = account.public
        key = google.folder / "key.json"
        key.write_text(json.dumps(account.info))
        assert google.registry.tokens is not None
        for token in ("ya29.fake-0", "ya29.fake-1"):
            google.registry.tokens.allow_google(token)
        google.environment |= {
            "GOOGLE_OAUTH_ACCESS_TOKEN": "",
            "GOOGLE_APPLICATION_CREDENTIALS": str(key),
            "TFK8S_ARTIFACT_REGISTRY_ENDPOINT": f"http://{repositories.address}",
        }

        pushed = google.run("-vvv", "image", "push", "--create-repository", "-o", "json")
        again = google.run("image", "push", "--create-repository", "-o", "json")

    answer = pushed.answer()
    path = "projects/project/locations/us-central1/repositories/repository"
    assert list(repositories.repositories) == [path]
    assert answer["repositoryCreated"] is True
    assert (again.answer()["repositoryCreated"], again.answer()["sentBytes"]) == (False, 0)
    google.registry.crane("validate", "--remote", str(answer["image"]))
    for secret in (*tokens.given, *google.registry.tokens.issued, str(account.info["private_key"])):
        assert secret not in pushed.stdout + pushed.stderr


def test_a_push_that_artifact_registry_denies_names_role_and_repository(google: Desk) -> None:
    """K08.2."""
    body = {
        "errors": [{"code": "DENIED", "message": 'Permission "artifactregistry.repositories.uploadArtifacts" denied'}]
    }
    google.registry.traffic.answer(403, method="POST", path="/blobs/uploads/", body=json.dumps(body).encode(), times=9)

    refused = google.run("image", "push")

    assert refused.code == 9
    for text in (f"{ARTIFACT_REGISTRY}/{NAME}", "roles/artifactregistry.writer", "--create-repository"):
        assert text in refused.stderr
    assert refused.stdout == ""


def test_a_login_that_is_not_accepted_names_the_host_and_where_it_came_from(google: Desk) -> None:
    """K08.3."""
    google.environment["GOOGLE_OAUTH_ACCESS_TOKEN"] = "ya29.expired-and-secret"  # noqa: S105

    refused = google.run("-vvv", "image", "push")

    assert refused.code == 9
    assert ARTIFACT_REGISTRY in refused.stderr
    assert "variable GOOGLE_OAUTH_ACCESS_TOKEN" in refused.stderr
    assert "ya29.expired-and-secret" not in refused.stdout + refused.stderr


def test_without_any_login_the_hint_says_how_to_get_one(google: Desk) -> None:
    google.environment["GOOGLE_OAUTH_ACCESS_TOKEN"] = ""

    refused = google.run("image", "push")

    assert refused.code == 9
    assert "no login" in refused.stderr
    assert "gcloud auth application-default login" in refused.stderr


def test_gcr_io_is_explained_and_its_refusal_names_artifact_registry(
    start_registry: StartRegistry, tmp_path: Path
) -> None:
    """K08.1."""
    desk = _desk(start_registry(Kind.TLS), tmp_path)
    desk.write_spec(repository="gcr.io/my-project/half")
    body = {"errors": [{"code": "DENIED", "message": "Container Registry is deprecated and shutting down"}]}
    desk.registry.traffic.answer(
        403, method="POST", path="/v2/my-project/half/blobs/uploads/", body=json.dumps(body).encode(), times=9
    )
    address = ("127.0.0.1", int(desk.registry.host.rpartition(":")[2]))
    with connect_proxy({"gcr.io:443": address}) as proxy:
        desk.environment |= {"HTTPS_PROXY": proxy.url, "NO_PROXY": "127.0.0.1"}

        built = desk.run("image", "build")
        refused = desk.run("image", "push")

    assert built.code == 0
    assert refused.code == 9
    for ran in (built, refused):
        assert ran.stderr.count("closed for writes since 2025-03-18") == 1
        assert "LOCATION-docker.pkg.dev/my-project/REPOSITORY/half" in ran.stderr
    assert "Artifact Registry" in refused.stderr.partition("error:")[2]


def test_ctrl_c_ends_with_130_names_nothing_and_the_next_run_goes_on(desk: Desk) -> None:
    desk.write_model(size_bytes=80 << 20)
    hold = desk.registry.traffic.hold(after_bytes=20 << 20)
    running = desk.start("image", "push", "--tag", "v1")
    try:
        assert hold.reached.wait(LIMIT_S)
        running.send_signal(signal.SIGINT)
        _, stderr = running.communicate(timeout=LIMIT_S)
    finally:
        running.kill()
        hold.release.set()

    assert running.returncode == 130
    assert "interrupted; run the same command again to go on" in stderr
    assert list(desk.registry.data.rglob("tags/v1")) == []
    desk.registry.traffic.forget()
    again = desk.run("image", "push", "--tag", "v1", "-o", "json").answer()
    desk.registry.crane("validate", "--remote", f"{desk.repository}:v1")
    assert desk.registry.traffic.blob_bytes() < 80 << 20
    assert again["sentBytes"] == desk.registry.traffic.blob_bytes()


def test_in_a_pipe_progress_is_plain_lines_and_stdout_the_product(desk: Desk) -> None:
    desk.write_model(size_bytes=40 << 20)

    pushed = desk.run("image", "push", FORCE_COLOR="", NO_COLOR="1")

    lines = pushed.stderr.splitlines()
    assert "push ..." in lines
    assert "  push: 40 of 40 MiB" in lines
    assert "\x1b" not in pushed.stderr
    assert pushed.stdout.count("\n") == 1


def test_progress_as_json_is_an_object_a_line(desk: Desk) -> None:
    pushed = desk.run("image", "push", "--progress", "json", "-o", "json")

    events = [json.loads(line) for line in pushed.stderr.splitlines()]
    assert [event["step"] for event in events if event["event"] == "StepDone"] == ["check", "build", "push"]
    assert json.loads(pushed.stdout)["digest"].startswith("sha256:")


_MEASURED = """\
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, capture_output=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
"""


def test_a_push_needs_no_more_than_64_mib_whatever_the_size_of_the_model(google: Desk) -> None:
    peaks = []
    for size_mib in (1, 150):
        google.write_model(size_bytes=size_mib << 20)
        command = [sys.executable, "-c", _MEASURED, *google._command(("image", "push"))]
        done = subprocess.run(
            command, cwd=google.folder, env=google._environment({}), capture_output=True, text=True, timeout=LIMIT_S
        )
        assert done.returncode == 0, done.stderr
        peaks.append(int(done.stdout))

    assert peaks[1] < 64
    assert peaks[1] - peaks[0] < 8


def test_on_a_terminal_a_bar_shows_the_rate(desk: Desk) -> None:
    import pty

    desk.write_model(size_bytes=96 << 20)
    # the first pause is long enough for a rate, the second for a look at it
    traffic = desk.registry.traffic
    pauses = [traffic.hold(after_bytes=8 << 20), traffic.hold(after_bytes=10, method="PUT", path="/manifests/")]
    leader, follower = pty.openpty()
    running = subprocess.Popen(
        [sys.executable, "-m", "tfk8s", "image", "push"],
        cwd=desk.folder,
        env={**desk._environment({}), "TERM": "xterm", "COLUMNS": "160"},
        stdout=subprocess.DEVNULL,
        stderr=follower,
    )
    os.close(follower)
    threading.Thread(target=_go_on, args=(pauses,), daemon=True).start()
    shown = _all_of(leader)

    assert running.wait(LIMIT_S) == 0
    assert all(pause.reached.is_set() for pause in pauses)
    assert "MiB/s" in shown
    assert "█" in shown


def _go_on(pauses: Sequence[Fault]) -> None:
    for pause in pauses:
        pause.reached.wait(LIMIT_S)
        time.sleep(0.7)
        pause.release.set()


def _all_of(terminal: int) -> str:
    parts: list[bytes] = []
    end = time.monotonic() + LIMIT_S
    while time.monotonic() < end:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        parts.append(part)
    os.close(terminal)
    return b"".join(parts).decode(errors="replace")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--repository", "Upper/Case"), "is no image repository"),
        (("--tag", "a b"), "is no tag"),
        (("--base", "no reference"), "no image reference"),
    ],
)
def test_a_name_that_is_none_is_refused_with_exit_code_3(desk: Desk, arguments: tuple[str, ...], text: str) -> None:
    refused = desk.run("image", "push", *arguments)

    assert (refused.code, refused.stdout) == (3, "")
    assert text in refused.stderr


def test_a_device_or_a_link_out_of_the_model_is_refused_and_nothing_is_pushed(desk: Desk) -> None:
    (desk.folder / "half" / "1" / "assets" / "secret").symlink_to("/etc/hostname")
    linked = desk.run("image", "push")
    (desk.folder / "half" / "1" / "assets" / "secret").unlink()
    os.mkfifo(desk.folder / "half" / "1" / "assets" / "pipe")
    piped = desk.run("image", "push")

    assert (linked.code, piped.code) == (3, 3)
    assert "assets/secret" in linked.stderr
    assert "assets/pipe" in piped.stderr
    assert desk.registry.traffic.exchanges(SENDING) == ()
