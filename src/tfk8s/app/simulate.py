"""The use-case of `tfk8s autoscale simulate`: an autoscaler from a file over a trace."""

from __future__ import annotations

from pathlib import Path

from tfk8s.autoscale.capacity import Surroundings
from tfk8s.autoscale.objects import config_of
from tfk8s.autoscale.simulate import Course, simulate
from tfk8s.autoscale.trace import read_trace
from tfk8s.errors import InputError
from tfk8s.manifest import JsonObject
from tfk8s.manifest.yaml import load_documents


def simulate_files(hpa_file: Path, *, trace_file: Path, pod_rate: float) -> Course:
    """Replay a trace.

    Raises:
        InputError: a file cannot be read, or does not hold what it should.
    """
    if pod_rate <= 0:
        raise InputError(
            f"a pod that answers {pod_rate:g} requests a second serves nobody", hint="--pod-rate is above 0"
        )
    documents = load_documents(_text(hpa_file), source=str(hpa_file))
    found = [document.value for document in documents if isinstance(document.value, dict)]
    scalers = [item for item in found if item.get("kind") == "HorizontalPodAutoscaler"]
    if len(scalers) != 1:
        raise InputError(f"{hpa_file} holds {len(scalers)} objects of kind HorizontalPodAutoscaler, not one")
    trace = read_trace(_text(trace_file), name=str(trace_file))
    return simulate(trace, config_of(scalers[0]), around=Surroundings(pod_rate=pod_rate))


def course_json(course: Course) -> JsonObject:
    """The sums of a course."""
    return {
        "replicas": {"min": min(course.replicas), "max": max(course.replicas)},
        "podHours": course.pod_hours,
        "requests": course.requests,
        "droppedShare": course.dropped_share,
    }


def course_lines(course: Course) -> list[str]:
    """The same for people."""
    return [
        f"replicas   {min(course.replicas)} to {max(course.replicas)}",
        f"pod hours  {course.pod_hours:.1f}",
        f"dropped    {100 * course.dropped_share:.2f} % of {course.requests:.0f} requests",
    ]


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error
