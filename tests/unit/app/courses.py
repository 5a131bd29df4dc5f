"""Courses of three steps, told and not simulated."""

from __future__ import annotations

from dataclasses import replace

from tests.unit.autoscale.autoscalers import config
from tfk8s.autoscale.capacity import Surroundings
from tfk8s.autoscale.simulate import simulate
from tfk8s.autoscale.trace import Trace

ANY = simulate(Trace(times_s=(0.0, 30.0), rates=(1.0, 1.0)), config(), around=Surroundings(pod_rate=100))
COURSE = replace(
    ANY,
    step_s=15,
    rates=[100.0, 300.0, 100.0],
    replicas=[2, 4, 4],
    ready=[2, 2, 4],
    latency_s=[0.05, 2.5, 0.05],
    dropped=[0.0, 1500.0, 0.0],
)
CHEAP = replace(COURSE, replicas=[1, 1, 1], ready=[1, 1, 1], latency_s=[0.05, 5.0, 5.0], dropped=[0.0, 3000.0, 0.0])
