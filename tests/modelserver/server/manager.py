"""Keeps the loaded versions in step with configuration and file system."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from tests.modelserver.server import log
from tests.modelserver.server.errors import Code, ServingError, invalid_argument, not_found
from tests.modelserver.server.labels import assign
from tests.modelserver.server.lifecycle import Action, Load, Unload, Versions, VersionState
from tests.modelserver.server.policy import Model, choose

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tests.modelserver.server.routes import Spec
    from tests.modelserver.server.savedmodel import Servable

_HARNESS: Final = "core/loader_harness.cc"
_CORE: Final = "model_servers/server_core.cc"
_SOURCE: Final = "sources/storage_path/file_system_storage_path_source.cc"


class Loader(Protocol):
    """Loads one version, warm-up included; raises ServingError."""

    def __call__(self, path: str, *, name: str, version: int) -> Servable:
        """Loads the version at `path`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagerOptions:
    """What the flags say about loading."""

    poll_wait_s: int = 1
    max_load_retries: int = 5
    load_retry_interval_s: float = 60.0
    load_threads: int = 1
    initial_load_threads: int = 8
    allow_labels_for_unavailable: bool = False


class Manager:
    """All models of one server. Every change of state happens under one lock, and wakes whoever waits for it."""

    def __init__(self, loader: Loader, options: ManagerOptions) -> None:
        self._loader = loader
        self._options = options
        self._changed = threading.Condition()
        self._reloading = threading.Lock()
        self._models: tuple[Model, ...] = ()
        self._versions: dict[str, Versions] = {}
        self._labels: dict[str, dict[str, int]] | None = None
        self._servables: dict[tuple[str, int], Servable] = {}
        self._pool = ThreadPoolExecutor(options.initial_load_threads, thread_name_prefix="initial-load")

    def start(self, models: Sequence[Model] | None) -> None:
        """Loads the first configuration and returns when every model has answered or failed; waits for ever else.

        None stands for a configuration that says nothing: no model, and no error either.

        Raises:
            ServingError: when a label points to an unloaded version, or a model failed for good.
        """
        models = self._configure(models)
        threading.Thread(target=self._poll_for_ever, name="file-system-poll", daemon=True).start()
        with self._changed:
            self._changed.wait_for(lambda: all(self._versions[model.name].is_settled() for model in models))
            self._refuse_failures([model.name for model in models], prefix="servable(s) did not become available")
            self._pool = ThreadPoolExecutor(max(self._options.load_threads, 1), thread_name_prefix="load")

    def reload(self, models: Sequence[Model] | None) -> None:
        """Replaces the configuration and waits until its new models are available.

        Raises:
            ServingError: for labels that point to what is not available (nothing changes then), and when a model fails.
        """
        with self._reloading:
            known = {model.name for model in self._models}
            new = [model.name for model in self._configure(models) if model.name not in known]
            with self._changed:
                self._changed.wait_for(lambda: all(self._versions[name].is_settled() for name in new))
                self._refuse_failures(new, prefix="model(s) did not become available")

    @contextmanager
    def use(self, spec: Spec) -> Iterator[Servable]:
        """The servable that a request means, kept loaded for as long as the context lasts.

        Raises:
            ServingError: NOT_FOUND for what is not served, INVALID_ARGUMENT for an unknown label.
        """
        with self._changed:
            servable = self._find(spec)
            servable.acquire()
        try:
            yield servable
        finally:
            servable.release()

    def status(self, spec: Spec) -> Mapping[int, VersionState]:
        """The states of a model's versions, highest first; a label in the request is ignored.

        Raises:
            ServingError: NOT_FOUND, when the model or the version was never seen.
        """
        with self._changed:
            states = dict(self._versions[spec.name].states) if spec.name in self._versions else {}
        if spec.version is not None:
            if spec.version not in states:
                raise not_found(f"Could not find version {spec.version} of model {spec.name}")
            return {spec.version: states[spec.version]}
        if not states:
            raise not_found(f"Could not find any versions of model {spec.name}")
        return dict(sorted(states.items(), reverse=True))

    def _find(self, spec: Spec) -> Servable:
        if not spec.name:
            raise invalid_argument("ModelSpec has no name specified.")
        version = self._labelled(spec) if spec.label is not None else spec.version
        available = self._versions[spec.name].available() if spec.name in self._versions else []
        if version is None and available:
            version = available[-1]
        if version is None or version not in available:
            wanted = f"Latest({spec.name})" if version is None else f"Specific({spec.name}, {version})"
            raise not_found(f"Servable not found for request: {wanted}")
        return self._servables[spec.name, version]

    def _labelled(self, spec: Spec) -> int:
        if self._labels is None:
            raise ServingError(Code.UNAVAILABLE, f"Model labels does not init yet.{spec.label}")
        version = self._labels.get(spec.name, {}).get(spec.label or "")
        if version is None:
            raise invalid_argument(f"Unrecognized servable version label: {spec.label}")
        return version

    def _configure(self, models: Sequence[Model] | None) -> Sequence[Model]:
        """Takes a configuration: first the labels, and only if they hold, the models, which it returns."""
        if models is None:
            log.info(_CORE, "Taking no action for empty config.")
            return self._models
        log.info(_CORE, "Adding/updating models.")
        with self._changed:
            self._labels = self._new_labels(models)
            for model in models:
                log.info(_CORE, f" (Re-)adding model: {model.name}")
                self._versions.setdefault(model.name, Versions())
            gone = {model.name for model in self._models} - {model.name for model in models}
            self._models = tuple(models)
            for name in gone:
                self._versions[name].aspire({})
                self._advance(name)
            self._changed.notify_all()
        return models

    def _new_labels(self, models: Sequence[Model]) -> dict[str, dict[str, int]]:
        current = self._labels or {}
        return {
            model.name: assign(
                model,
                current=current.get(model.name, {}),
                available=set(self._versions[model.name].available()) if model.name in self._versions else set(),
                allow_unavailable=self._options.allow_labels_for_unavailable,
            )
            for model in models
        }

    def _refuse_failures(self, names: Sequence[str], *, prefix: str) -> None:
        failed = [
            f"{{{_id(name, version)} due to error: {error}}}"
            for name in names
            if not self._versions[name].available()
            for version, error in self._versions[name].failures().items()
        ]
        if failed:
            raise ServingError(Code.UNKNOWN, f"{len(failed)} {prefix}: {{{', '.join(failed)}, }}")

    def _poll_for_ever(self) -> None:
        while True:
            self._poll()
            if self._options.poll_wait_s <= 0:  # 0 polls once and never again
                return
            time.sleep(self._options.poll_wait_s)

    def _poll(self) -> None:
        with self._changed:
            models = self._models
        try:
            wanted = {model.name: _list(model) for model in models}
        except ServingError as error:  # one bad path ends the whole poll: no model sees a change
            log.error(_SOURCE, f"FileSystemStoragePathSource encountered a filesystem access error: {error.message}")
            return
        with self._changed:
            if models is not self._models:
                return  # the configuration changed meanwhile: what was listed may be somebody else's directory
            for name, versions in wanted.items():
                self._versions[name].aspire(versions)
                self._advance(name)
            self._changed.notify_all()

    def _advance(self, name: str) -> None:
        for action in self._versions[name].next_actions():
            self._pool.submit(self._carry_out, name, action)

    def _carry_out(self, name: str, action: Action) -> None:
        match action:
            case Load():
                self._load(name, action)
            case Unload():
                self._unload(name, action)

    def _load(self, name: str, action: Load) -> None:
        failure: ServingError | None = None
        for attempt in range(self._options.max_load_retries + 1):
            if attempt and not self._is_wanted_after_pause(name, action.version):
                log.info(_HARNESS, f"Load cancelled for servable: {_id(name, action.version)}")
                break
            if attempt:
                log.info(_HARNESS, f"Retrying load on servable version: {_id(name, action.version)} retry: {attempt}")
            try:
                servable = self._loader(action.path, name=name, version=action.version)
            except ServingError as error:
                failure = error
                log.error(_HARNESS, f"Loading servable: {_id(name, action.version)} failed: {error}")
                continue
            self._loaded(name, servable)
            return
        with self._changed:
            self._versions[name].failed(action.version, failure or ServingError(Code.CANCELLED, "Load cancelled"))
            self._after_change(name)

    def _is_wanted_after_pause(self, name: str, version: int) -> bool:
        with self._changed:
            return not self._changed.wait_for(
                lambda: version not in self._versions[name].wanted, timeout=self._options.load_retry_interval_s
            )

    def _loaded(self, name: str, servable: Servable) -> None:
        log.info(_HARNESS, f"Successfully loaded servable version {_id(name, servable.version)}")
        with self._changed:
            self._servables[name, servable.version] = servable
            self._versions[name].loaded(servable.version)
            self._after_change(name)

    def _unload(self, name: str, action: Unload) -> None:
        with self._changed:
            servable = self._servables.pop((name, action.version))
        log.info(_HARNESS, f"Quiescing servable version {_id(name, action.version)}")
        servable.close()
        log.info(_HARNESS, f"Done unloading servable version {_id(name, action.version)}")
        with self._changed:
            self._versions[name].unloaded(action.version)
            self._after_change(name)

    def _after_change(self, name: str) -> None:
        self._advance(name)
        self._changed.notify_all()


def _list(model: Model) -> dict[int, str]:
    prefix = f"Could not find base path {model.base_path} for servable {model.name} with error"
    scheme, is_remote, _ = model.base_path.partition("://")
    if is_remote:
        unread = f"File system scheme '{scheme}' not implemented (file: '{model.base_path}')"
        raise ServingError(Code.UNIMPLEMENTED, f"{prefix} UNIMPLEMENTED: {unread}")
    base = Path(model.base_path)
    try:
        children = [child.name for child in base.iterdir()]
    except OSError as error:
        raise invalid_argument(f"{prefix} NOT_FOUND: {base} not found ({error.strerror})") from error
    return {version: str(base / child) for version, child in choose(model, children).items()}


def _id(name: str, version: int) -> str:
    return f"{{name: {name} version: {version}}}"
