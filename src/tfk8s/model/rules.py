"""Every kind of finding, in the order of docs/savedmodel.md."""

from __future__ import annotations

from tfk8s.model.finding import Rule, Severity

_EXPORT = 'export with `model.export("DIR/1")` (Keras 3) or `tf.saved_model.save(model, "DIR/1")`, then inspect DIR'
_COPY_AGAIN = "the copy is incomplete or damaged: copy the version directory again, or export again"

PATH_MISSING = Rule(
    code="path-missing",
    severity=Severity.ERROR,
    meaning="Nothing exists at the path.",
    remedy="give the directory that holds the version directories, such as models/resnet with models/resnet/1/",
)
PATH_UNREADABLE = Rule(
    code="path-unreadable",
    severity=Severity.ERROR,
    meaning="The system refuses to list a directory or to read a file.",
    remedy="give the user who runs tfk8s the right to read it: chmod -R u+rX DIR",
)
NOT_A_DIRECTORY = Rule(
    code="not-a-directory",
    severity=Severity.ERROR,
    meaning="The path, or a name that the server takes for a version, is a file.",
    remedy="give the directory that holds the version directories",
)
NOT_A_SAVED_MODEL = Rule(
    code="not-a-saved-model",
    severity=Severity.ERROR,
    meaning="It is a model in another format: .keras, .h5, .tflite, .onnx, a frozen graph.",
    remedy=_EXPORT,
)
CHECKPOINT = Rule(
    code="checkpoint",
    severity=Severity.ERROR,
    meaning="It is a training checkpoint: weights without a graph.",
    remedy=f"load the weights into the model, then {_EXPORT}",
)
DIRECTORY_EMPTY = Rule(
    code="directory-empty",
    severity=Severity.ERROR,
    meaning="The directory holds nothing.",
    remedy=_EXPORT,
)
GRAPH_WITHOUT_VERSION = Rule(
    code="graph-without-version",
    severity=Severity.ERROR,
    meaning="saved_model.pb lies directly in the model directory; the server wants a version directory around it.",
    remedy="move the files of the SavedModel into DIR/1/",
)
NO_VERSION = Rule(
    code="no-version",
    severity=Severity.ERROR,
    meaning="No child of the directory is named by an integer, so the server would wait for a version for ever.",
    remedy="name the version directory by an integer: mv DIR/v1 DIR/1",
)
VERSION_COLLISION = Rule(
    code="version-collision",
    severity=Severity.ERROR,
    meaning="Two directories are the same number, such as 1 and 001; the server loads one and ignores the other.",
    remedy="keep one of the directories, or give the other another number",
)
VERSION_NAME_ODD = Rule(
    code="version-name-odd",
    severity=Severity.ERROR,
    meaning="The server reads a number in the name, but a request cannot ask for it: a sign or spaces.",
    remedy="rename the directory to digits alone, or move it out of the model directory",
)
VERSION_NAME_IGNORED = Rule(
    code="version-name-ignored",
    severity=Severity.WARNING,
    meaning="The name of a child is not an integer (or above the largest 64-bit one); the server ignores it silently.",
    remedy="rename it to an integer to have it served, or move it out of the model directory",
)
GRAPH_STRAY = Rule(
    code="graph-stray",
    severity=Severity.WARNING,
    meaning="A saved_model.pb lies beside the version directories; the server ignores it.",
    remedy="move it into a version directory of its own, or remove it",
)
VERSION_DIRECTORY_GIVEN = Rule(
    code="version-directory-given",
    severity=Severity.NOTE,
    meaning="A version directory was given in place of the model directory; it was read as that one version.",
    remedy="give the parent directory to have every version read",
)
GRAPH_MISSING = Rule(
    code="graph-missing",
    severity=Severity.ERROR,
    meaning="The version directory has no saved_model.pb.",
    remedy=_COPY_AGAIN,
)
GRAPH_NOT_READ = Rule(
    code="graph-not-read",
    severity=Severity.ERROR,
    meaning="The graph is a saved_model.pbtxt or .cpb, which the server may accept but tfk8s does not read.",
    remedy="load and save it once with TensorFlow, which writes saved_model.pb",
)
GRAPH_TRUNCATED = Rule(
    code="graph-truncated",
    severity=Severity.ERROR,
    meaning="saved_model.pb is empty or ends in the middle.",
    remedy=_COPY_AGAIN,
)
GRAPH_CORRUPT = Rule(
    code="graph-corrupt",
    severity=Severity.ERROR,
    meaning="saved_model.pb is not a SavedModel message.",
    remedy=_COPY_AGAIN,
)
GRAPH_TOO_LARGE = Rule(
    code="graph-too-large",
    severity=Severity.ERROR,
    meaning="saved_model.pb has 2 GiB or more, which no protobuf reader accepts.",
    remedy="export with variables instead of constants: weights belong into variables/",
)
NO_SERVE_GRAPH = Rule(
    code="no-serve-graph",
    severity=Severity.ERROR,
    meaning="No graph has exactly the tag set `serve`, which the server loads.",
    remedy="export again with the tag `serve`; tf.saved_model.save and model.export set it",
)
NO_SIGNATURE = Rule(
    code="no-signature",
    severity=Severity.ERROR,
    meaning="The serving graph has no signature that a request can name.",
    remedy="export with a signature: `model.export(...)` in Keras 3, or "
    "`tf.saved_model.save(model, DIR, signatures=model.serve)` with a tf.function",
)
NO_DEFAULT_SIGNATURE = Rule(
    code="no-default-signature",
    severity=Severity.WARNING,
    meaning="No signature is called serving_default, so every request must name one.",
    remedy="name the signature in each request (`tfk8s predict --signature NAME`), or export it as serving_default",
)
SIGNATURE_NOT_DENSE = Rule(
    code="signature-not-dense",
    severity=Severity.WARNING,
    meaning="A tensor of a signature is sparse or composite; the server can feed and fetch dense tensors only.",
    remedy="export a signature that takes the parts as dense tensors",
)
DTYPE_UNKNOWN = Rule(
    code="dtype-unknown",
    severity=Severity.WARNING,
    meaning="A tensor has an element type that this release of tfk8s does not know; it is shown as DT_INVALID.",
    remedy="upgrade tfk8s; check that the model server is as new as the model",
)
VARIABLES_MISSING = Rule(
    code="variables-missing",
    severity=Severity.ERROR,
    meaning="The graph has variables without values: the server would load it and fail every prediction.",
    remedy=_COPY_AGAIN,
)
VARIABLES_CORRUPT = Rule(
    code="variables-corrupt",
    severity=Severity.ERROR,
    meaning="variables.index is truncated or damaged.",
    remedy=_COPY_AGAIN,
)
SHARD_MISSING = Rule(
    code="shard-missing",
    severity=Severity.ERROR,
    meaning="variables.index names a data file that is not there.",
    remedy=_COPY_AGAIN,
)
SHARD_TRUNCATED = Rule(
    code="shard-truncated",
    severity=Severity.ERROR,
    meaning="A data file of the variables is shorter than variables.index says.",
    remedy=_COPY_AGAIN,
)
ASSET_MISSING = Rule(
    code="asset-missing",
    severity=Severity.ERROR,
    meaning="A file that the graph reads at start, such as a vocabulary, is not in assets/.",
    remedy=_COPY_AGAIN,
)
ASSET_ABSENT = Rule(
    code="asset-absent",
    severity=Severity.WARNING,
    meaning="A file that the graph lists is not in assets/, though no operation was seen that reads it at start.",
    remedy=_COPY_AGAIN,
)
ASSET_OUTSIDE = Rule(
    code="asset-outside",
    severity=Severity.ERROR,
    meaning="The graph names a file outside of assets/, which a server would read with the rights of its container.",
    remedy="serve it only if you trust where the model comes from, and then export it again with its files in assets/",
)
WARMUP_BROKEN = Rule(
    code="warmup-broken",
    severity=Severity.ERROR,
    meaning="The recorded warm-up requests do not fit the model, or are no TFRecord file: the version does not load.",
    remedy="write assets.extra/tf_serving_warmup_requests again, or remove it",
)
OPERATION_PYTHON = Rule(
    code="operation-python",
    severity=Severity.ERROR,
    meaning="An operation calls back into the Python program that exported the model; the server has none.",
    remedy="replace tf.py_function and tf.numpy_function by TensorFlow operations, then export again",
)
OPERATION_CUSTOM = Rule(
    code="operation-custom",
    severity=Severity.WARNING,
    meaning="The official image does not bring the operation; a server that was not built with it refuses the model.",
    remedy="serve with an image whose server is built with the operation, or replace it",
)
OPERATION_OUTSIDE = Rule(
    code="operation-outside",
    severity=Severity.WARNING,
    meaning="An operation reads or writes files, or speaks to the network, with the rights of the server's container.",
    remedy="serve it only if you trust where the model comes from; read files before the model, or ship them as assets",
)
OPERATION_UNUSED = Rule(
    code="operation-unused",
    severity=Severity.NOTE,
    meaning="An operation of the kinds above is only in functions that nothing calls, such as a left-over of training.",
    remedy="nothing to do; it is not run",
)
VERSION_NOT_STATED = Rule(
    code="tensorflow-version-not-stated",
    severity=Severity.NOTE,
    meaning="The graph does not say which TensorFlow wrote it, so it cannot be compared with the server's.",
    remedy="nothing to do when the model loads",
)

ALL_RULES: tuple[Rule, ...] = tuple(value for value in list(globals().values()) if isinstance(value, Rule))
