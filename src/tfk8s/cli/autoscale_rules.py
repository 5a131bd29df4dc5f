"""`tfk8s autoscale rules`: what prometheus-adapter must be told once, for every service."""

from __future__ import annotations

import click

from tfk8s.cli.output import Format, output_option, present


@click.command("rules")
@output_option
def rules_command(*, output: Format) -> None:
    """Print the rules that prometheus-adapter needs for `scaling.source: {kind: prometheus-adapter}`.

    They are the same for every service of every namespace, and are added once to the adapter's configuration, which
    its administrator has: below externalRules of its config.yaml, or rules.external of its Helm chart. Each autoscaler
    then says in its selector whom it asks about.

    \b
    Examples:
      tfk8s autoscale rules > rules.yaml
      tfk8s autoscale rules -o json | jq '.externalRules | {rules: {external: .}}' > values.json
    """
    from tfk8s.render.adapter_rules import adapter_rules, adapter_rules_text

    present(adapter_rules(), output=output, text=lambda: adapter_rules_text().removesuffix("\n"))
