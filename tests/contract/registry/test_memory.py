"""What a push needs of memory: measured on a process of its own, from outside, with a real registry."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.registry.images import push_base
from tests.registry.running import RunningRegistry

pytestmark = pytest.mark.contract

MODEL_BYTES = 512 << 20
LIMIT_MIB = 64

# The high-water mark of the resident set is the process's own: the kernel starts it anew with the program.
_PUSH = """
import sys
from pathlib import Path
from tfk8s.image import DockerConfigLogins, ModelImageBuilder, RegistryImageStore
from tfk8s.ports import ModelContent, SilentReporter

def peak_kib():
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM:")).split()[1])

folder, base_name, target = Path(sys.argv[1]), *sys.argv[2:]
content = ModelContent(name="m", root=folder, versions=((1, folder / "1"),))
with RegistryImageStore(DockerConfigLogins(folder / "none.json")) as store:
    base = store.base(base_name, reporter=SilentReporter())
    before = peak_kib()
    image = ModelImageBuilder().build([content], base=base, reference=target)
    delivery = store.deliver(image, base=base, reporter=SilentReporter())
print(before, peak_kib(), delivery.sent_bytes)
"""


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_model_of_512_mib_is_built_and_pushed_in_less_than_64_mib(registry: RunningRegistry, tmp_path: Path) -> None:
    base = push_base(registry, tmp_path)
    (tmp_path / "m" / "1").mkdir(parents=True)
    with (tmp_path / "m" / "1" / "weights").open("wb") as weights:
        weights.truncate(MODEL_BYTES)  # a hole takes no disk here, and is 512 MiB to whoever reads it

    done = subprocess.run(
        [sys.executable, "-c", _PUSH, str(tmp_path / "m"), base, registry.image("m")],
        env={**os.environ, **registry.environment()},
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    before_kib, peak_kib, sent_bytes = map(int, done.stdout.split())
    assert sent_bytes > MODEL_BYTES
    assert peak_kib < LIMIT_MIB << 10
    assert peak_kib - before_kib < 16 << 10  # what the push itself adds, whatever the interpreter and its modules take
    registry.crane("validate", "--fast", "--remote", registry.image("m"))
