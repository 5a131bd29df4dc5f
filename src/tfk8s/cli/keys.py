"""`tfk8s keys`: the keys that clients of a service send."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tfk8s.cli.cluster_options import Aim, aim_options
from tfk8s.cli.output import Format, output_option, present, say, tell
from tfk8s.errors import InputError

if TYPE_CHECKING:
    from tfk8s.app.key_ring import Key, KeyRing
    from tfk8s.app.keys import KeyChange, KeyStore, Verb
    from tfk8s.manifest import JsonObject

_to_option = click.option(
    "--to", type=click.Path(path_type=Path, dir_okay=False), help="Write the key to this new file, for its owner alone."
)
_dry_run_option = click.option("--dry-run", is_flag=True, help="Only show what would change.")


@click.group("keys")
def keys_command() -> None:
    """Make, list, rotate and revoke the keys of clients: `expose.auth: {apiKeys: {}}` asks for them.

    Keys are in a Secret of the service's namespace, and nowhere else. A key is shown once, when it is made.

    \b
    Examples:
      tfk8s keys create team-a --to team-a.key
      tfk8s keys rotate team-a
      tfk8s keys revoke team-a --old
    """


@keys_command.command("create", short_help="Make the first key of a client, and print it.")
@click.argument("name")
@aim_options
@_to_option
@_dry_run_option
@output_option
def create_command(
    *,
    name: str,
    spec_file: Path,
    namespace: str | None,
    context: str | None,
    kubeconfig: Path | None,
    to: Path | None,
    dry_run: bool,
    output: Format,
) -> None:
    """Make the first key of the client NAME, and print it this one time.

    The key alone is on stdout; with --to it is in a file that only its owner may read, and on stdout is what it is
    known by.

    \b
    Examples:
      tfk8s keys create team-a --to team-a.key
      tfk8s predict cat.jpg --api-key-file team-a.key
    """
    aim = Aim(spec_file=spec_file, namespace=namespace, context=context, kubeconfig=kubeconfig)
    _change(aim, verb="create", name=name, to=to, dry_run=dry_run, output=output)


@keys_command.command("rotate", short_help="Make a further key of a client; its old ones stay valid.")
@click.argument("name")
@aim_options
@_to_option
@_dry_run_option
@output_option
def rotate_command(
    *,
    name: str,
    spec_file: Path,
    namespace: str | None,
    context: str | None,
    kubeconfig: Path | None,
    to: Path | None,
    dry_run: bool,
    output: Format,
) -> None:
    """Make a further key of the client NAME, and print it this one time; the keys before it stay valid.

    When the client sends the new one, `tfk8s keys revoke NAME --old` ends the others: no request is refused meanwhile.

    \b
    Examples:
      tfk8s keys rotate team-a --to team-a.new.key
      tfk8s keys rotate team-a -o json
    """
    aim = Aim(spec_file=spec_file, namespace=namespace, context=context, kubeconfig=kubeconfig)
    _change(aim, verb="rotate", name=name, to=to, dry_run=dry_run, output=output)


@keys_command.command("revoke", short_help="End the keys of a client, or its old ones.")
@click.argument("name")
@aim_options
@click.option("--old", is_flag=True, help="All but the newest one.")
@_dry_run_option
@output_option
def revoke_command(
    *,
    name: str,
    spec_file: Path,
    namespace: str | None,
    context: str | None,
    kubeconfig: Path | None,
    old: bool,
    dry_run: bool,
    output: Format,
) -> None:
    """End all keys of the client NAME, or with --old all but its newest one.

    The front refuses them within seconds (docs/access.md has what was measured). When no key is left, nobody gets in.

    \b
    Examples:
      tfk8s keys revoke team-a --old
      tfk8s keys revoke team-a --dry-run
    """
    aim = Aim(spec_file=spec_file, namespace=namespace, context=context, kubeconfig=kubeconfig)
    verb: Verb = "revoke-old" if old else "revoke"
    _change(aim, verb=verb, name=name, to=None, dry_run=dry_run, output=output)


@keys_command.command("list", short_help="Show whose keys there are, how old they are, and a fingerprint of each.")
@aim_options
@output_option
def list_command(
    *, spec_file: Path, namespace: str | None, context: str | None, kubeconfig: Path | None, output: Format
) -> None:
    """Show whose keys there are, when each was made, and a fingerprint; never a key.

    \b
    Examples:
      tfk8s keys list
      tfk8s keys list -o json
    """
    from tfk8s.app.keys import list_keys

    aim = Aim(spec_file=spec_file, namespace=namespace, context=context, kubeconfig=kubeconfig)
    store = _store(aim)
    ring = list_keys(store)
    value: JsonObject = {
        "secret": str(store.secret),
        "header": store.header,
        "keys": [key.as_json() for key in ring.keys],
    }
    present(value, output=output, text=lambda: _table(ring))


def _store(aim: Aim) -> KeyStore:
    from tfk8s.app.keys import key_store
    from tfk8s.cli import wiring
    from tfk8s.clock import SystemClock

    spec = aim.spec()
    return key_store(spec, cluster=wiring.cluster_for(aim, spec=spec), clock=SystemClock())


def _change(aim: Aim, *, verb: Verb, name: str, to: Path | None, dry_run: bool, output: Format) -> None:
    from tfk8s.app.keys import plan_change, write_change

    store = _store(aim)
    change, version = plan_change(store, verb=verb, name=name)
    tell(f"{store.cluster.identity}, {store.secret}")
    if dry_run:
        present(_told(change, with_key=False), output=output, text=lambda: _summary(change, dry_run=True))
        return
    if to is None or change.made is None:
        write_change(store, change, version=version)
    else:
        _keep(change.made, to=to)
        try:
            write_change(store, change, version=version)
        except BaseException:
            to.unlink(missing_ok=True)  # it opens nothing
            raise
    if change.made is not None and to is None and output == "text":
        tell(_summary(change, dry_run=False))
        say(change.made.value)
        return
    present(_told(change, with_key=to is None), output=output, text=lambda: _summary(change, dry_run=False))


def _keep(key: Key, *, to: Path) -> None:
    from tfk8s.app.whole_file import write_whole

    if to.exists():
        raise InputError(f"{to} is there already", hint="a key is written to a new file alone")
    try:
        write_whole(to, f"{key.value}\n".encode(), mode=0o600)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"cannot write {to}: {reason}", hint="nothing was changed; choose another file") from error


def _told(change: KeyChange, *, with_key: bool) -> JsonObject:
    made: JsonObject | None = None
    if change.made is not None:
        made = {**change.made.as_json(), **({"key": change.made.value} if with_key else {})}
    return {
        "made": made,
        "revoked": [key.as_json() for key in change.gone],
        "stillValid": [key.as_json() for key in change.kept],
    }


def _summary(change: KeyChange, *, dry_run: bool) -> str:
    would = "would be " if dry_run else ""
    lines = []
    if change.made is not None:
        known = "" if dry_run else f", fingerprint {change.made.fingerprint}"
        lines.append(f"{change.made.entry} {would}made{known}")
    lines += [f"{key.entry} {would}revoked, fingerprint {key.fingerprint}" for key in change.gone]
    if change.made is not None:
        lines += [f"{key.entry} stays valid, fingerprint {key.fingerprint}" for key in change.kept]
    if not change.ring.keys:
        lines.append("no key is left: nobody gets in")
    return "\n".join(lines)


def _table(ring: KeyRing) -> str:
    if not ring.keys:
        return "no keys: nobody gets in"
    rows = [("NAME", "NUMBER", "MADE", "FINGERPRINT")]
    rows += [(key.name, str(key.number), key.made_at or "unknown", key.fingerprint) for key in ring.keys]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
