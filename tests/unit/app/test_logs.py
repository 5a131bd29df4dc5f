"""The lines of a service's pods: in order, each once, through restarts, broken connections and roll-outs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.clock import FakeClock
from tests.fakes.cluster import FakeCluster
from tests.fakes.pod_logs import FakeKubelets, line
from tfk8s.app.logs import LineFilter, LogRequest, entry_json, read_logs, rfc3339
from tfk8s.app.logs_containers import place_of, pods_of, state_of
from tfk8s.app.logs_reader import ContainerReader, LogEntry, LogItem, LogNotice, LogWindow
from tfk8s.app.service import ServiceName
from tfk8s.errors import InputError, PreconditionError
from tfk8s.manifest import ObjectRef
from tfk8s.manifest.ownership import CANARY
from tfk8s.ports.cluster import ClusterUnreachableError, ForbiddenError
from tfk8s.ports.logs import LogStream, LogStreamQuery, StampedLine

NAME = ServiceName(name="resnet", namespace="serving")


@pytest.fixture
def cluster() -> FakeCluster:
    return FakeCluster()


@pytest.fixture
def kubelets(cluster: FakeCluster) -> FakeKubelets:
    return FakeKubelets(cluster)


def told(items: Iterable[LogItem]) -> list[str]:
    """`pod: text` of a line, `pod is gone` and the like of a notice."""
    return [
        f"{item.place.pod.name}: {item.line.text}" if isinstance(item, LogEntry) else f"{item.pod} {item.text}".strip()
        for item in items
    ]


def read(cluster: FakeCluster, request: LogRequest | None = None) -> list[str]:
    return told(read_logs(NAME, request=request or LogRequest(), cluster=cluster, clock=FakeClock()))


def reader(cluster: FakeCluster, *, window: LogWindow | None = None) -> ContainerReader:
    """Of the only pod."""
    (pod,) = pods_of(NAME, cluster=cluster)
    place = place_of(pod, container=None)
    state = state_of(pod, container=place.container)
    return ContainerReader(place, state=state, cluster=cluster, clock=FakeClock(), window=window or LogWindow())


def followed(found: ContainerReader, kubelets: FakeKubelets) -> Iterator[LogItem]:
    """As long as something happens, and two looks more."""
    left = [2]

    def pause(_: float) -> bool:
        if not kubelets.steps:
            left[0] -= 1
        return left[0] >= 0

    return found.followed(pause=pause)


def test_lines_of_all_pods_come_in_the_order_of_their_time(cluster: FakeCluster, kubelets: FakeKubelets) -> None:
    kubelets.start("resnet-a", line("one", at_s=1), line("four", at_s=4))
    kubelets.start("resnet-b", line("two", at_s=2), StampedLine(None, "failed to watch"), line("five", at_s=5))
    kubelets.start("resnet-c", line("three", at_s=3), component=CANARY)

    assert read(cluster) == [
        "resnet-a: one",
        "resnet-b: two",
        "resnet-b: failed to watch",
        "resnet-c: three",
        "resnet-a: four",
        "resnet-b: five",
    ]
    assert kubelets.open_streams == 0


def test_previous_runs_come_first_and_the_tail_is_of_each_run(cluster: FakeCluster, kubelets: FakeKubelets) -> None:
    kubelets.start("resnet-a", line("old 1", at_s=1), line("old 2", at_s=2))
    kubelets.restart("resnet-a", line("new 1", at_s=3), line("new 2", at_s=4))

    both = read(cluster, LogRequest(window=LogWindow(previous=True, tail_lines=1)))

    assert both == ["resnet-a: old 2", "resnet-a: new 2"]
    assert read(cluster) == ["resnet-a: new 1", "resnet-a: new 2"]


def test_a_restart_goes_on_with_the_new_container_and_loses_no_line_of_the_old_one(
    cluster: FakeCluster, kubelets: FakeKubelets
) -> None:
    run = kubelets.start("resnet-a", line("one", at_s=1))

    def dies() -> None:
        run.lines.append(line("last words", at_s=2))
        kubelets.restart("resnet-a", line("again", at_s=3))
        raise ClusterUnreachableError("the connection broke before the last words came")

    kubelets.steps.append(dies)

    assert told(followed(reader(cluster), kubelets)) == [
        "resnet-a: one",
        "resnet-a: last words",
        "resnet-a container model-server was started again after exit code 139",
        "resnet-a: again",
    ]


def test_a_restart_that_the_pod_tells_late_is_told_before_the_lines_of_the_new_container(
    cluster: FakeCluster, kubelets: FakeKubelets
) -> None:
    kubelets.start("resnet-a", line("one", at_s=1))
    pauses: list[float] = []

    def dies() -> None:
        kubelets.restart("resnet-a", line("again", at_s=3), is_told=False)

    def pause(seconds: float) -> bool:
        pauses.append(seconds)
        if len(pauses) == 3:
            kubelets.show("resnet-a")
        return len(pauses) < 5

    kubelets.steps.append(dies)

    assert told(reader(cluster).followed(pause=pause)) == [
        "resnet-a: one",
        "resnet-a container model-server was started again after exit code 139",
        "resnet-a: again",
    ]


def test_a_stream_that_ends_while_its_container_runs_on_is_opened_again(
    cluster: FakeCluster, kubelets: FakeKubelets
) -> None:
    run = kubelets.start("resnet-a", line("one", at_s=1))
    pauses: list[float] = []

    def pause(seconds: float) -> bool:
        if not pauses:
            run.lines.append(line("two", at_s=2))
        pauses.append(seconds)
        return len(pauses) < 20

    assert told(reader(cluster).followed(pause=pause)) == ["resnet-a: one", "resnet-a: two"]


def test_runs_whose_log_the_node_no_longer_keeps_are_told_of(cluster: FakeCluster, kubelets: FakeKubelets) -> None:
    kubelets.start("resnet-a", line("one", at_s=1))
    kubelets.steps.append(lambda: (kubelets.restart("resnet-a", line("again", at_s=9), times=3), None)[1])

    assert told(followed(reader(cluster), kubelets))[1].endswith(
        "exit code 139; runs between, of which the node keeps no log: 2"
    )


def test_broken_connections_neither_repeat_nor_lose_lines(cluster: FakeCluster, kubelets: FakeKubelets) -> None:
    run = kubelets.start("resnet-a")
    for number in range(6):

        def writes(number: int = number) -> None:
            run.lines.extend(line(f"line {number}", at_s=1 + number / 4) for _ in range(2))

        kubelets.steps += [writes, kubelets.break_stream]

    found = told(followed(reader(cluster), kubelets))

    assert found == [f"resnet-a: line {number}" for number in range(6) for _ in range(2)]
    assert sum(query.since_ns is not None for _, query in kubelets.opened) >= 6
    assert kubelets.open_streams == 0


_STEPS = st.lists(
    st.one_of(
        st.just("break"),
        st.just("restart"),
        st.just("break and restart"),
        st.tuples(st.integers(1, 1500), st.sampled_from("ab")),
    ),
    max_size=25,
)


@settings(deadline=None)
@given(_STEPS)
def test_whatever_happens_each_line_is_told_once_and_in_its_order(steps: list[str | tuple[int, str]]) -> None:
    cluster = FakeCluster()
    kubelets = FakeKubelets(cluster)
    kubelets.start("resnet-a")
    written: list[str] = []
    at_ms = [1000]

    def happens(step: str | tuple[int, str]) -> None:
        if isinstance(step, tuple):
            at_ms[0] += step[0]
            kubelets.runs["resnet-a", "model-server"][-1].lines.append(line(step[1], at_s=at_ms[0] / 1000))
            written.append(step[1])
            return
        if "restart" in step:
            kubelets.restart("resnet-a")
        if "break" in step:
            kubelets.break_stream()

    kubelets.steps += [partial(happens, step) for step in steps]

    found = [item for item in followed(reader(cluster), kubelets) if isinstance(item, LogEntry)]

    assert [item.line.text for item in found] == written
    assert kubelets.open_streams == 0


def test_only_new_lines_are_told_with_no_tail_even_when_the_first_stream_breaks(
    cluster: FakeCluster, kubelets: FakeKubelets
) -> None:
    run = kubelets.start("resnet-a", line("old", at_s=1))
    kubelets.steps += [kubelets.break_stream, lambda: run.lines.append(line("new", at_s=2))]
    found = reader(cluster, window=LogWindow(tail_lines=0))
    assert list(found.written()) == []

    list(followed(found, kubelets))

    first, second = [query for _, query in kubelets.opened][:2]
    assert (first.tail_lines, first.since_s) == (0, None)
    assert (second.tail_lines, second.since_s) == (None, 1), "what came while nobody read is asked for"


def test_a_pod_that_is_gone_is_told_after_its_last_line(cluster: FakeCluster, kubelets: FakeKubelets) -> None:
    run = kubelets.start("resnet-a", line("one", at_s=1))

    def goes() -> None:
        run.lines.append(line("shutting down", at_s=2))
        kubelets.end("resnet-a")

    kubelets.steps.append(goes)

    assert told(followed(reader(cluster), kubelets)) == [
        "resnet-a: one",
        "resnet-a: shutting down",
        "resnet-a is gone",
    ]


def test_a_pod_that_has_ended_and_is_still_listed_is_told_with_its_exit_code(
    cluster: FakeCluster, kubelets: FakeKubelets
) -> None:
    run = kubelets.start("resnet-a", line("one", at_s=1))

    def ends() -> None:
        run.has_ended = True
        kubelets.show("resnet-a", state={"terminated": {"exitCode": 137, "reason": "OOMKilled"}}, phase="Failed")

    kubelets.steps.append(ends)

    assert told(followed(reader(cluster), kubelets)) == [
        "resnet-a: one",
        "resnet-a has ended: exit code 137 (OOMKilled)",
    ]


def test_a_pod_that_ended_before_it_ran_is_not_waited_for(cluster: FakeCluster, kubelets: FakeKubelets) -> None:
    kubelets.start("resnet-a")
    kubelets.show("resnet-a", state={"waiting": {"reason": "ContainerCreating"}}, phase="Failed")

    assert told(reader(cluster).followed(pause=_never)) == ["resnet-a has ended: ContainerCreating"]


def _never(_: float) -> bool:
    raise AssertionError("nothing is waited for")


def test_a_node_that_does_not_answer_is_told_once_and_the_other_pods_are_read(
    cluster: FakeCluster, kubelets: FakeKubelets
) -> None:
    kubelets.start("resnet-a", line("one", at_s=1))
    kubelets.start("resnet-b", line("two", at_s=2))
    open_log = cluster.log_streams

    def fails(pod: ObjectRef, query: LogStreamQuery) -> LogStream | None:
        if pod.name == "resnet-a":
            raise ClusterUnreachableError("dial tcp: no route to host")
        return open_log(pod, query)

    cluster.log_streams = fails
    assert read(cluster) == ["resnet-a its log cannot be read: dial tcp: no route to host", "resnet-b: two"]

    kubelets.end("resnet-b")
    assert told(followed(reader(cluster), kubelets)) == ["resnet-a dial tcp: no route to host; trying again"]


def test_pods_that_join_are_followed_and_all_streams_are_closed_at_the_end(
    cluster: FakeCluster, kubelets: FakeKubelets
) -> None:
    kubelets.start("resnet-a", line("one", at_s=1))
    items = read_logs(
        NAME,
        request=LogRequest(follows=True, window=LogWindow(tail_lines=1), interval_s=0.01),
        cluster=cluster,
        clock=FakeClock(),
    )
    assert told([next(items)]) == ["resnet-a: one"]
    kubelets.start("resnet-b", line("first", at_s=2), line("second", at_s=3))

    rest = told(next(items) for _ in range(3))
    kubelets.end("resnet-a")
    gone = told([next(items)])
    items.close()

    assert sorted(rest) == ["resnet-b joins", "resnet-b: first", "resnet-b: second"]
    assert gone == ["resnet-a is gone"]
    assert kubelets.open_streams == 0


def test_a_right_that_is_missing_ends_a_watch_too(cluster: FakeCluster, kubelets: FakeKubelets) -> None:
    kubelets.start("resnet-a", line("one", at_s=1))
    cluster.forbidden = frozenset({"pods/log"})

    with pytest.raises(ForbiddenError):
        read(cluster, LogRequest(follows=True, window=LogWindow(tail_lines=0), interval_s=0.01))


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (LineFilter(), 5),
        (LineFilter(level="WARNING"), 3),
        (LineFilter(level="ERROR"), 3),
        (LineFilter(model="resnet"), 3),
        (LineFilter(model="resnet", version=2), 2),
        (LineFilter(version=1), 1),
        (LineFilter(pattern=re.compile("frame|Running")), 2),
    ],
)
def test_filters_take_lines_with_what_belongs_to_them(
    cluster: FakeCluster, kubelets: FakeKubelets, lines: LineFilter, expected: int
) -> None:
    texts = [
        "exec: something that no server says",
        "2026-01-01 00:00:00.000001: I a.cc:1] Successfully loaded servable version {name: resnet version: 1}",
        "2026-01-01 00:00:00.000002: E a.cc:2] Loading servable: {name: resnet version: 2} failed: INTERNAL",
        "  at frame 1",
        "2026-01-01 00:00:00.000003: I a.cc:3] Running gRPC ModelServer",
    ]
    kubelets.start("resnet-a", *(line(text, at_s=number) for number, text in enumerate(texts)))

    assert len(read(cluster, LogRequest(lines=lines))) == expected


def test_a_line_as_data_says_what_it_does_not_know(cluster: FakeCluster, kubelets: FakeKubelets) -> None:
    text = "2026-01-01 00:00:00.000002: E a.cc:2] Loading servable: {name: resnet version: 2} failed: \x1b[2J"
    kubelets.start("resnet-a", line("[forrtl] what", at_s=1), line(text, at_s=1.5), component=CANARY)

    first, second = [
        entry_json(item)
        for item in read_logs(NAME, request=LogRequest(), cluster=cluster, clock=FakeClock())
        if isinstance(item, LogEntry)
    ]

    assert (first["severity"], first["model"], first["version"], first["source"]) == (None, None, None, None)
    assert second == {
        "time": "2026-01-01T00:00:01.500000000Z",
        "pod": "resnet-a",
        "container": "model-server",
        "canary": True,
        "severity": "ERROR",
        "source": "a.cc:2",
        "model": "resnet",
        "version": 2,
        "text": text,
    }


def test_no_pods_is_an_error_where_none_are_waited_for(cluster: FakeCluster) -> None:
    with pytest.raises(PreconditionError, match="resnet has no pods in namespace serving"):
        read(cluster)


def test_a_container_that_no_pod_has_is_refused_with_those_that_it_has(
    cluster: FakeCluster, kubelets: FakeKubelets
) -> None:
    kubelets.start("resnet-a")

    with pytest.raises(InputError) as refused:
        read(cluster, LogRequest(container="sidecar"))

    assert refused.value.hint == "its containers: model-server"


def test_a_container_that_waits_has_its_reason_told_and_is_read_whole_once_it_runs(
    cluster: FakeCluster, kubelets: FakeKubelets
) -> None:
    kubelets.start("resnet-a")
    kubelets.show("resnet-a", state={"waiting": {"reason": "ImagePullBackOff"}})

    assert read(cluster) == ["resnet-a has no log yet: ImagePullBackOff"]

    found = reader(cluster, window=LogWindow(tail_lines=1))
    assert list(found.written()) == []
    kubelets.show("resnet-a")
    kubelets.runs["resnet-a", "model-server"][0].lines += [line("one", at_s=1), line("two", at_s=2)]
    assert told(followed(found, kubelets)) == ["resnet-a: one", "resnet-a: two"]


def test_a_time_has_all_its_digits() -> None:
    assert rfc3339(1_767_225_600_000_000_001) == "2026-01-01T00:00:00.000000001Z"


def test_notices_pass_every_filter(cluster: FakeCluster, kubelets: FakeKubelets) -> None:
    kubelets.start("resnet-a")
    kubelets.show("resnet-a", state={"waiting": {"reason": "ContainerCreating"}})

    items = read_logs(NAME, request=LogRequest(lines=LineFilter(model="x")), cluster=cluster, clock=FakeClock())

    assert list(items) == [LogNotice("resnet-a", "has no log yet: ContainerCreating")]
