"""Ways to break a service by its containers: programs, flags, probes, memory, disk, settings."""

from __future__ import annotations

from typing import Final

from tests.integration.breaking import Objects, begin_with, container_of, drop_flags, mount, request

ABSENT_IMAGE: Final = "example.invalid/half:1"
UNHURRIED_S: Final = 125
"""How long the slow servers wait before they begin: longer than probes with usual settings bear."""

_THREADS: Final = (
    "tensorflow_intra_op_parallelism",
    "tensorflow_inter_op_parallelism",
    "rest_api_num_threads",
    "grpc_max_threads",
)


def image_absent(objects: Objects) -> None:
    """An image of a registry that is not there."""
    container_of(objects)["image"] = ABSENT_IMAGE
    container_of(objects)["imagePullPolicy"] = "Always"


def out_of_memory(objects: Objects) -> None:
    """A limit below what the server needs to begin."""
    request(objects, memory="16Mi")


def probe_path(objects: Objects) -> None:
    """Probes that ask for /healthz, which the server does not know."""
    container = container_of(objects)
    for kind in ("startupProbe", "readinessProbe", "livenessProbe"):
        if "httpGet" in container.get(kind, {}):
            container[kind]["httpGet"]["path"] = "/healthz"
            container[kind]["failureThreshold"] = 60


def liveness_path(objects: Objects) -> None:
    """A liveness probe that asks for what the server does not know: it is killed again and again."""
    container = container_of(objects)
    container.pop("startupProbe", None)
    container["livenessProbe"] = {"httpGet": {"path": "/healthz", "port": 8501}, "periodSeconds": 1}


def probe_port(objects: Objects) -> None:
    """A probe that asks where nobody listens."""
    container = container_of(objects)
    container["startupProbe"] = {"tcpSocket": {"port": 8080}, "periodSeconds": 2, "failureThreshold": 90}


def impatient(objects: Objects) -> None:
    """A startup probe that gives the server no time to start."""
    begin_with(objects, f"sleep {UNHURRIED_S}")
    container_of(objects)["startupProbe"].update({"failureThreshold": 3, "periodSeconds": 1})


def slow(objects: Objects) -> None:
    """A server that takes its time, which is no failure."""
    begin_with(objects, f"sleep {UNHURRIED_S}")


def no_rest_port(objects: Objects) -> None:
    """A command of one's own, which leaves out the port for REST that the image's entry point gives."""
    container_of(objects)["command"] = ["tensorflow_model_server", "--port=8500"]


def port_clash(objects: Objects) -> None:
    """REST and gRPC on one port."""
    container_of(objects)["args"].append("--port=8501")


def bad_flag(objects: Objects) -> None:
    """A flag that the server does not have."""
    container_of(objects)["args"].append("--enable_batchin")


def bad_value(objects: Objects) -> None:
    """A flag whose value is no number."""
    container_of(objects)["args"].append("--rest_api_num_threads=many")


def illegal_instruction(objects: Objects) -> None:
    """A process that dies as one does on a CPU without AVX."""
    # a child dies, as below the entry point: process 1 would not; Kubernetes makes one $ of two
    container_of(objects)["command"] = ["/bin/sh", "-c", "sh -c 'kill -ILL $$$$'; exit $?"]


def no_program(objects: Objects) -> None:
    """A command that the image does not have."""
    container_of(objects)["command"] = ["/usr/bin/tensorflow_model_serverr"]


def no_secret(objects: Objects) -> None:
    """A variable of a Secret that does not exist."""
    container_of(objects)["envFrom"] = [{"secretRef": {"name": "broken"}}]


def crash(objects: Objects) -> None:
    """A server that ends without a word."""
    begin_with(objects, "exit 3")


def crashed_once(objects: Objects) -> None:
    """A server that ended once and serves since."""
    mount(objects, {"emptyDir": {}}, path="/kept")
    begin_with(objects, "test -e /kept/seen || { touch /kept/seen; exit 3; }")


def small_disk(objects: Objects) -> None:
    """A server that writes more than its volume holds."""
    mount(objects, {"emptyDir": {"medium": "Memory", "sizeLimit": "1Mi"}}, path="/small")
    begin_with(objects, "head -c 4000000 /dev/zero > /small/file || exit 1")


def evicted(objects: Objects) -> None:
    """A pod that writes more than it may: the node evicts it."""
    mount(objects, {"emptyDir": {"sizeLimit": "1Mi"}}, path="/small")
    begin_with(objects, "sleep 50; head -c 8000000 /dev/zero > /small/file")


def no_threads(objects: Objects) -> None:
    """A CPU limit, and as many threads as the node has CPUs."""
    drop_flags(objects, *_THREADS)


def no_drain(objects: Objects) -> None:
    """No wait before the end of a pod."""
    container_of(objects).pop("lifecycle")
