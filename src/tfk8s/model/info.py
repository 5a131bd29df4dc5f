"""What is known of a model directory, as values; nothing here touches a file."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from pathlib import Path

from tfk8s.model.dtype import DType
from tfk8s.model.finding import Finding, Severity

SERVE_TAGS = ("serve",)
"""The tag set that the model server loads unless `--saved_model_tags` says otherwise; it must match exactly."""

SERVING_DEFAULT = "serving_default"
"""The signature that a request gets when it names none."""

INIT_OP_SIGNATURE = "__saved_model_init_op"
"""Not a signature for requests: the place where `tf.saved_model.save` keeps the initialisation operation."""


class Encoding(enum.Enum):
    """How a signature stores a tensor; the server can be asked for dense ones only."""

    DENSE = "dense"
    SPARSE = "sparse"
    COMPOSITE = "composite"


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorSpec:
    """One input or output of a signature.

    Attributes:
        key: the name that a request uses.
        name: the tensor in the graph, such as `serving_default_x:0`; empty unless the encoding is dense.
        dtype: the element type.
        shape: one entry an axis, None for an axis of any length; None in place of the tuple for an unknown rank.
        encoding: how the tensor is stored.
        has_default: whether a request may leave the input out (`SignatureDef.defaults`); a server does not tell.
    """

    key: str
    name: str
    dtype: DType
    shape: tuple[int | None, ...] | None
    encoding: Encoding = Encoding.DENSE
    has_default: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One `SignatureDef`; inputs and outputs are sorted by key.

    Attributes:
        name: the key in the graph, what a request calls `signature_name`.
        method_name: such as `tensorflow/serving/predict`; empty for the initialisation operation.
        inputs: the tensors a request feeds.
        outputs: the tensors a reply holds.
    """

    name: str
    method_name: str
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]

    @property
    def is_usable(self) -> bool:
        """Whether a request can name it: it has outputs, and is not the initialisation operation."""
        return self.name != INIT_OP_SIGNATURE and bool(self.outputs)


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphInfo:
    """One `MetaGraphDef`.

    Attributes:
        tags: the tag set, sorted.
        signatures: every signature, sorted by name, the initialisation operation among them.
        operations: names of the operations in the graph and its functions, sorted, each once.
        tensorflow_version: the release that wrote the graph, or None when it does not say.
        has_variables: whether the graph declares variables, whose values are in `variables/`.
    """

    tags: tuple[str, ...]
    signatures: tuple[Signature, ...]
    operations: tuple[str, ...]
    tensorflow_version: str | None
    has_variables: bool

    @property
    def usable_signatures(self) -> tuple[Signature, ...]:
        """The signatures that a request can name."""
        return tuple(signature for signature in self.signatures if signature.is_usable)

    def signature(self, name: str) -> Signature | None:
        """Find a signature by its name."""
        return next((signature for signature in self.signatures if signature.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelVersion:
    """One version directory of a model.

    Attributes:
        number: the version, as the server and a request say it.
        directory: the name on disk, such as `00000123` for version 123.
        path: the directory.
        size_bytes: bytes of all files below it, which is what the server's own memory estimate starts from.
        variables_bytes: bytes of the variables' values; 0 for a model of constants.
        graphs: every graph that was read, in the order of the file; empty when it could not be read.
        has_warmup: whether requests for warm-up are recorded in `assets.extra/`.
    """

    number: int
    directory: str
    path: Path
    size_bytes: int
    variables_bytes: int = 0
    graphs: tuple[GraphInfo, ...] = ()
    has_warmup: bool = False

    @property
    def serving_graph(self) -> GraphInfo | None:
        """The graph that the server would load, or None when no tag set is exactly `serve`."""
        return next((graph for graph in self.graphs if graph.tags == SERVE_TAGS), None)

    @property
    def signatures(self) -> tuple[Signature, ...]:
        """The signatures of the serving graph that a request can name."""
        graph = self.serving_graph
        return graph.usable_signatures if graph else ()

    @property
    def tensorflow_version(self) -> str | None:
        """The TensorFlow release that wrote the graph, such as `2.21.0`."""
        graph = self.serving_graph or next(iter(self.graphs), None)
        return graph.tensorflow_version if graph else None

    @property
    def has_variables(self) -> bool:
        """Whether the serving graph declares variables."""
        graph = self.serving_graph
        return graph is not None and graph.has_variables


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelInfo:
    """A model directory: its versions, and what is wrong with it.

    Attributes:
        path: the base path, the one that holds the version directories.
        name: the directory's own name.
        versions: ascending by number, each number once.
        findings: everything noticed, of the directory and of each version; worst first.
    """

    path: Path
    name: str
    versions: tuple[ModelVersion, ...]
    findings: tuple[Finding, ...]

    @property
    def latest(self) -> ModelVersion | None:
        """The highest version, which the server loads unless it is told otherwise."""
        return self.versions[-1] if self.versions else None

    @property
    def largest_size_bytes(self) -> int:
        """Bytes of the largest version; 0 without versions."""
        return max((version.size_bytes for version in self.versions), default=0)

    @property
    def servable(self) -> bool:
        """Whether a server that loads the latest version would come up and answer."""
        return self.latest is not None and not self.blocking

    @property
    def blocking(self) -> tuple[Finding, ...]:
        """The errors that keep the latest version from being served."""
        return self.errors_of(self.latest.number if self.latest else None)

    def version(self, number: int) -> ModelVersion | None:
        """Find a version by its number."""
        return next((version for version in self.versions if version.number == number), None)

    def errors_of(self, number: int | None) -> tuple[Finding, ...]:
        """The errors that keep this version from being served, its own and the directory's; None for these alone."""
        return tuple(
            finding
            for finding in self.findings
            if finding.severity is Severity.ERROR and finding.version in (None, number)
        )
