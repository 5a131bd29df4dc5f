"""What `image build` and `image push` run against in unit tests: the real builder, everything else in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.fakes.clock import FakeClock
from tests.fakes.events import Recorder
from tests.fakes.image_registry import FakeImageRegistry, FakeWriter
from tests.fakes.image_signatures import FakeSignatures
from tests.fakes.provider import FakeRepositories
from tests.unit.image.images import base_image
from tests.unit.model.savedmodels import Version
from tfk8s.app.image_request import ImageRequest, ImageWorld, OfSpec
from tfk8s.image import ModelImageBuilder
from tfk8s.ports import ImageStore, StepDone, Warn
from tfk8s.spec import ImageSpec, ModelSpec, ServiceSpec, Versions

BASE = "tensorflow/serving:2.20.0"
REPOSITORY = "us-central1-docker.pkg.dev/my-project-1/serving/m"


@dataclass
class ImageParts:
    """The fakes of one test."""

    registry: FakeImageRegistry = field(default_factory=lambda: FakeImageRegistry(bases={BASE: base_image()}))
    nodes: dict[str, ImageStore] = field(default_factory=dict)
    oci: FakeWriter = field(default_factory=FakeWriter)
    tar: FakeWriter = field(default_factory=FakeWriter)
    signatures: FakeSignatures = field(default_factory=FakeSignatures)
    repositories: FakeRepositories = field(default_factory=FakeRepositories)
    told: Recorder = field(default_factory=Recorder)

    def world(self) -> ImageWorld:
        return ImageWorld(
            registry=self.registry,
            attachments=self.registry,
            signatures=self.signatures,
            nodes=self.nodes.__getitem__,
            writers={"oci": self.oci, "tar": self.tar},
            builder=ModelImageBuilder(),
            repositories=self.repositories,
            clock=FakeClock(),
            reporter=self.told,
        )

    def steps(self) -> list[str]:
        return [event.step for event in self.told.events if isinstance(event, StepDone)]

    def warnings(self) -> Iterator[Warn]:
        return (event for event in self.told.events if isinstance(event, Warn))


def request_in(
    folder: Path, *, versions: Versions = "latest", image: ImageSpec | None = None, numbers: tuple[int, ...] = (1, 2)
) -> ImageRequest:
    """A spec whose model is in `folder/m`, with a version for each number."""
    for number in numbers:
        Version(files={"assets/number.txt": b"%d" % number}).write(folder / "m" / str(number))
    spec = ServiceSpec(
        api_version="tfk8s.dev/v1",
        name="svc",
        model=ModelSpec(name="m", source="./m", versions=versions),
        image=image or ImageSpec(repository=REPOSITORY),
    )
    return ImageRequest(models=OfSpec(spec=spec, folder=folder))


def spec_of(request: ImageRequest) -> ServiceSpec:
    """The spec of a request that has one."""
    assert isinstance(request.models, OfSpec)
    return request.models.spec


def with_model(request: ImageRequest, **changes: object) -> ImageRequest:
    """The same request with another model section."""
    model = spec_of(request).model
    assert model is not None
    return with_spec(request, model=model.model_copy(update=changes))


def with_spec(request: ImageRequest, **changes: object) -> ImageRequest:
    """The same request with other sections of the spec."""
    assert isinstance(request.models, OfSpec)
    spec = request.models.spec.model_copy(update=changes)
    return replace(request, models=replace(request.models, spec=spec))
