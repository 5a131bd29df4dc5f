"""Pack the chart as `dist/tf-serving-VERSION.tgz`, the same bytes from the same files; needs helm 4.

helm packs each file with the time of its last change, which differs between two checkouts of one commit. So the files
are copied first and all get one time: SOURCE_DATE_EPOCH where it is set, as in other reproducible builds.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CHART = ROOT / "charts" / "tf-serving"
DESTINATION = ROOT / "dist"
_TIME_S = 315_532_800
"""The first of January 1980: no archive format knows an earlier time."""


def pack(chart: Path = CHART, *, destination: Path, helm: str | Path = "helm", version: str | None = None) -> Path:
    """Pack a chart and return the archive.

    Args:
        chart: its folder.
        destination: where the archive goes; made when it is not there.
        helm: the program.
        version: instead of the one in Chart.yaml.

    Raises:
        FileNotFoundError: there is no helm.
        CalledProcessError: helm refused; with its message.
    """
    destination.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        staged = Path(folder) / chart.name
        shutil.copytree(chart, staged)
        _give_one_time(staged)
        packed = Path(folder) / "packed"
        words = [helm, "package", staged, "--destination", packed, *(["--version", version] if version else [])]
        environment = {**os.environ, **{f"HELM_{part}_HOME": folder for part in ("CACHE", "CONFIG", "DATA")}}
        subprocess.run(words, check=True, capture_output=True, text=True, env=environment)
        _give_one_time(packed)  # `helm push` writes the archive's own time into what it pushes
        (archive,) = packed.iterdir()
        return Path(shutil.copy2(archive, destination / archive.name))


def _give_one_time(folder: Path) -> None:
    time_s = int(os.environ.get("SOURCE_DATE_EPOCH", _TIME_S))
    for path in (folder, *folder.rglob("*")):
        os.utime(path, (time_s, time_s))


def main() -> None:
    """Pack, and say where the archive is."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--helm", default="helm", help="the program; version 4 (default: the one on the PATH)")
    parser.add_argument("--destination", type=Path, default=DESTINATION, help="folder of the archive (default: dist)")
    arguments = parser.parse_args()
    try:
        print(pack(destination=arguments.destination, helm=arguments.helm))
    except FileNotFoundError:
        sys.exit(f"there is no program {arguments.helm!r}; install helm 4, or name it with --helm")
    except subprocess.CalledProcessError as error:
        sys.exit(f"helm refused the chart:\n{error.stderr.strip()}")


if __name__ == "__main__":
    main()
