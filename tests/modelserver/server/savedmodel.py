"""Loads a SavedModel into a session, step by step as the C++ loader does."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.modelserver.server import log, runtime
from tests.modelserver.server.errors import Code, ServingError, invalid_argument, not_found

runtime.prepare()

from tensorflow.core.protobuf import config_pb2, saved_model_pb2  # noqa: E402 - needs prepare()
from tensorflow.python.client import pywrap_tf_session  # noqa: E402
from tensorflow.python.client import session as tf_session  # noqa: E402
from tensorflow.python.framework import errors_impl, importer, ops  # noqa: E402

_PLACE: Final = "servables/tensorflow/saved_model_bundle_factory.cc"
_INIT_OP_SIGNATURE: Final = "__saved_model_init_op"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadOptions:
    """What the command line says about loading and running."""

    tags: frozenset[str] = frozenset({"serve"})
    intra_op_threads: int = 0
    inter_op_threads: int = 0


@dataclass(slots=True, kw_only=True)
class Servable:
    """One loaded version. `acquire` and `release` count the requests in flight, so that unloading waits for them."""

    name: str
    version: int
    path: str
    signatures: Mapping[str, Any]
    session: Any
    graph: Any
    _endpoints: dict[str, Any] = field(default_factory=dict)
    _in_flight: int = 0
    _idle: threading.Condition = field(default_factory=threading.Condition)

    def acquire(self) -> None:
        """Keeps the session open until `release`."""
        with self._idle:
            self._in_flight += 1

    def release(self) -> None:
        """Ends what `acquire` began."""
        with self._idle:
            self._in_flight -= 1
            self._idle.notify_all()

    def close(self) -> None:
        """Waits until no request is in flight, then frees the session."""
        with self._idle:
            self._idle.wait_for(lambda: self._in_flight == 0)
        self.session.close()

    def run(self, feeds: Mapping[str, Any], fetches: list[str], *, timeout_ms: int) -> list[Any]:
        """Runs the graph: tensor names to arrays in, arrays out in the order of `fetches`.

        Raises:
            ServingError: with the code that TensorFlow gave.
        """
        fed = {self._endpoint(name): value for name, value in feeds.items()}
        wanted = [self._endpoint(name) for name in fetches]
        options = _run_options(timeout_ms)
        try:
            # Below Python's own `Session.run`, which refuses values that do not fit a placeholder's shape. The real
            # server feeds past the placeholder: half_plus_two takes [1.0, 2.0] although its input is (?, 1).
            answer: list[Any] = self.session._call_tf_sessionrun(options, fed, wanted, [], None)
        except errors_impl.OpError as error:
            raise _translated(error) from error
        finally:
            pywrap_tf_session.TF_DeleteBuffer(options)
        return answer

    def _endpoint(self, name: str) -> Any:
        if name not in self._endpoints:
            self._endpoints[name] = self.graph.get_tensor_by_name(name)._as_tf_output()
        return self._endpoints[name]


def load(path: str, *, name: str, version: int, options: LoadOptions) -> Servable:
    """Reads, restores and initialises one version.

    Raises:
        ServingError: when any step fails.
    """
    meta_graph = _read(Path(path), tags=options.tags)
    config = config_pb2.ConfigProto(
        intra_op_parallelism_threads=options.intra_op_threads, inter_op_parallelism_threads=options.inter_op_threads
    )
    graph = ops.Graph()
    try:
        with graph.as_default():
            importer.import_graph_def(meta_graph.graph_def, name="")
        session = tf_session.Session(graph=graph, config=config)
        try:
            session._extend_graph()
            _restore(session, meta_graph, Path(path))
        except BaseException:
            session.close()
            raise
    except errors_impl.OpError as error:
        raise _translated(error) from error
    except (ValueError, KeyError) as error:  # unknown operations, dangling names
        raise invalid_argument(str(error)) from error
    return Servable(
        name=name, version=version, path=path, signatures=dict(meta_graph.signature_def), session=session, graph=graph
    )


def _read(path: Path, *, tags: frozenset[str]) -> Any:
    file = path / "saved_model.pb"
    text_file = path / "saved_model.pbtxt"
    if not file.exists():
        hint = "; only a text file is there, which the double does not read" if text_file.exists() else ""
        message = (
            f"Could not find SavedModel .pb or .pbtxt at supplied export directory path: {path}. Check that the "
            f"directory exists and that you have the right permissions for accessing it.{hint}"
        )
        raise not_found(message)
    saved_model = saved_model_pb2.SavedModel()
    try:
        saved_model.ParseFromString(file.read_bytes())
    except Exception as error:  # protobuf's DecodeError is not exported by every implementation of it
        raise ServingError(Code.DATA_LOSS, f"Can't parse {file} as binary proto") from error
    for meta_graph in saved_model.meta_graphs:
        if set(meta_graph.meta_info_def.tags) == tags:
            return meta_graph
    message = (
        f"Could not find meta graph def matching supplied tags: {{ {' '.join(sorted(tags))} }}. To inspect available "
        "tag-sets in the SavedModel, please use the SavedModel CLI: `saved_model_cli`"
    )
    raise not_found(message)


def _restore(session: Any, meta_graph: Any, path: Path) -> None:
    assets = _assets(meta_graph, path)
    saver = meta_graph.saver_def
    prefix = path / "variables" / "variables"
    if not prefix.with_suffix(".index").exists():
        # Also when the graph has variables: the load succeeds and predictions fail, as with a half-uploaded directory.
        log.info(
            _PLACE,
            "The specified SavedModel has no variables; no checkpoints were restored. "
            f"File does not exist: {prefix}.index",
        )
    elif saver.restore_op_name:
        session.run(saver.restore_op_name, {saver.filename_tensor_name: str(prefix), **assets})
    for operation in _init_operations(meta_graph):
        session.run(operation, assets)


def _assets(meta_graph: Any, path: Path) -> dict[str, str]:
    return {asset.tensor_info.name: str(path / "assets" / asset.filename) for asset in meta_graph.asset_file_def}


def _init_operations(meta_graph: Any) -> list[str]:
    if _INIT_OP_SIGNATURE in meta_graph.signature_def:
        tensor = meta_graph.signature_def[_INIT_OP_SIGNATURE].outputs[_INIT_OP_SIGNATURE].name
        return [tensor.split(":", maxsplit=1)[0]]
    for collection in ("saved_model_main_op", "legacy_init_op"):
        if collection in meta_graph.collection_def:
            return list(meta_graph.collection_def[collection].node_list.value)
    return []


def _run_options(timeout_ms: int) -> Any:
    options = config_pb2.RunOptions(timeout_in_ms=max(timeout_ms, 0))
    return pywrap_tf_session.TF_NewBufferFromString(options.SerializeToString())


def _translated(error: Any) -> ServingError:
    return ServingError(Code(error.error_code), str(error.message))
