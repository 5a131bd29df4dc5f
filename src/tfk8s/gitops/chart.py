"""The Helm chart that comes with this package, as texts: beside it when installed, at the root in a checkout."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Final

from tfk8s.errors import InputError
from tfk8s.gitops.request import FormFiles

CHART_NAME: Final = "tf-serving"

_PACKAGE = Path(__file__).resolve().parents[1]
_PLACES = (_PACKAGE / "charts" / CHART_NAME, _PACKAGE.parents[1] / "charts" / CHART_NAME)


@lru_cache(maxsize=1)
def chart_files() -> FormFiles:
    """Path in the chart's folder (POSIX) to the text of each file, sorted by path.

    Raises:
        InputError: this package was installed without its chart.
    """
    for folder in _PLACES:
        if (folder / "Chart.yaml").is_file():
            files = sorted(path for path in folder.rglob("*") if path.is_file())
            return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in files}
    raise InputError(
        f"the chart {CHART_NAME} is not beside this package", hint="install tfk8s from its wheel or a whole checkout"
    )
