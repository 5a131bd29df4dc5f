"""The table of commands: where each lives and its one-line summary. `--help` reads this and imports none of them."""

from __future__ import annotations

from typing import NamedTuple


class Entry(NamedTuple):
    """A command `NAME` is the click object `NAME_command` of `module`."""

    module: str
    summary: str


COMMANDS: dict[str, Entry] = {
    "init": Entry("tfk8s.cli.init", "Write a commented spec for a SavedModel."),
    "import": Entry("tfk8s.cli.import_", "Make a spec of hand-written manifests."),
    "inspect": Entry("tfk8s.cli.inspect", "Show versions, signatures and findings of a SavedModel."),
    "serve": Entry("tfk8s.cli.serve", "Run the model server on this computer."),
    "warmup": Entry("tfk8s.cli.warmup", "Record requests that a model replays while it loads."),
    "render": Entry("tfk8s.cli.render", "Write the Kubernetes manifests of a spec."),
    "check": Entry("tfk8s.cli.check", "Check models, specs and manifests before anything is deployed."),
    "image": Entry("tfk8s.cli.image", "Build and push the image with the models."),
    "diff": Entry("tfk8s.cli.diff", "Show what would change, and what that means."),
    "apply": Entry("tfk8s.cli.apply", "Apply the service and wait until predictions are answered."),
    "status": Entry("tfk8s.cli.status", "Show the service, its pods, model versions and autoscaler."),
    "logs": Entry("tfk8s.cli.logs", "Show what the servers of all pods write; follow it."),
    "events": Entry("tfk8s.cli.events", "Show what happened to the objects of the service, and why."),
    "doctor": Entry("tfk8s.cli.doctor", "Say why a service is not well, with evidence and fix."),
    "drift": Entry("tfk8s.cli.drift", "Show where the cluster is not what Git says."),
    "history": Entry("tfk8s.cli.history", "Show the releases that the cluster recorded."),
    "rollback": Entry("tfk8s.cli.rollback", "Go back to an earlier release, in the cluster and in its files."),
    "delete": Entry("tfk8s.cli.delete", "Delete the objects of the service."),
    "rbac": Entry("tfk8s.cli.rbac", "Write the least rights around a service, as roles."),
    "keys": Entry("tfk8s.cli.keys", "Make, list, rotate and revoke the keys of clients."),
    "versions": Entry("tfk8s.cli.versions", "Show, add and move model versions without downtime."),
    "predict": Entry("tfk8s.cli.predict", "Send a picture or JSON and print the answer."),
    "bench": Entry("tfk8s.cli.bench", "Measure what rate of requests the service sustains."),
    "dashboard": Entry("tfk8s.cli.dashboard", "Write a dashboard for Grafana or Google Cloud Monitoring."),
    "alerts": Entry("tfk8s.cli.alerts", "Write the alert and recording rules of a service."),
    "autoscale": Entry("tfk8s.cli.autoscale", "See what an autoscaler does with traffic."),
    "cost": Entry("tfk8s.cli.cost", "Show what pods and nodes cost, by the hour and the month."),
    "regions": Entry("tfk8s.cli.regions", "Choose regions by where users are."),
    "up": Entry("tfk8s.cli.up", "From model to first prediction: cluster, image, service."),
    "down": Entry("tfk8s.cli.down", "Take down what up made."),
    "cluster": Entry("tfk8s.cli.cluster", "Make, find and delete clusters; their node pools and credentials."),
    "completion": Entry("tfk8s.cli.completion", "Print the shell completion script."),
}
