"""The golden cases: a spec and what is known of its models, as files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tfk8s.app.render import RenderRequest, read_model_info, render_service
from tfk8s.model import ModelInfo
from tfk8s.render import Rendered, RenderOptions
from tfk8s.spec import ServiceSpec, load_spec
from tfk8s.spec.gke_front import is_multi_cluster

FOLDER = Path(__file__).parent / "cases"
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One folder with `service.yaml`, and `model.json` or `model.NAME.json` for models that are directories."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def expected(self) -> Path:
        return self.folder / "expected"

    def spec(self) -> ServiceSpec:
        return load_spec(self.folder / "service.yaml")

    def infos(self) -> dict[str, ModelInfo]:
        spec = self.spec()
        found = {}
        for model in spec.served_models:
            for file in (self.folder / f"model.{model.name}.json", self.folder / "model.json"):
                if file.exists():
                    found[model.name] = read_model_info(file)
                    break
        return found

    def render(self, *, minor: int = 34, image: str | None = None) -> Rendered:
        options = RenderOptions(kubernetes_minor=minor, image=image)
        request = RenderRequest(spec=self.spec(), base=self.folder, infos=self.infos(), options=options)
        return render_service(request)


CASES = tuple(Case(folder=folder) for folder in sorted(FOLDER.iterdir()) if (folder / "service.yaml").exists())

CHARTED = tuple(case for case in CASES if not is_multi_cluster(case.spec()))
"""Those that are one release; a Gateway of several clusters is refused as a chart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example(Case):
    """One folder below `examples/`, whose manifests are checked in as they can be applied."""

    def spec(self) -> ServiceSpec:
        return load_spec(self.folder / "tfk8s.yaml")

    @property
    def expected(self) -> Path:
        return EXAMPLES.parent / "manifests" / self.name


PLAIN_EXAMPLES = tuple(Example(folder=EXAMPLES / name) for name in ("resnet-gke", "resnet-gpu", "two-models"))
"""Those whose models are out of reach, so that the spec alone says everything."""


def case(name: str) -> Case:
    """The case of that name."""
    return next(found for found in CASES if found.name == name)
