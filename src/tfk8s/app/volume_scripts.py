"""What is run in a publisher: short scripts for `sh`, with nothing but coreutils and find, which every Debian has.

Paths come as arguments, never as text of a script. Exit codes above 20 say what is wrong; others are the programs' own.
Each script may be run twice, and a late end of one whose connection broke harms nothing that runs after it.
"""

from __future__ import annotations

from typing import Final

NOT_WRITABLE: Final = 21
"""The base path cannot be made, or not be written by the servers' user."""

IS_THERE: Final = 22
"""A directory of that name is there already."""

WRITE_FAILED: Final = 23
"""A write ended early."""

VERSIONS: Final = """
cd "$1" 2>/dev/null || exit 0
for path in *; do
  [ -d "$path" ] && printf '%s\\n' "$path"
done
exit 0
"""
"""$1: base path. A line for each directory, hidden ones left out, which are no versions."""

SUMS: Final = """
cd "$1" 2>/dev/null || exit 0
find -L . -type f -exec sha256sum -b -z '{}' +
"""
"""$1: directory. `SHA256 *./NAME` and a zero byte for each file."""

SIZES: Final = """
cd "$1" 2>/dev/null || exit 0
find . -type f -printf '%s %P\\0'
"""
"""$1: directory. `SIZE NAME` and a zero byte for each file."""

PREPARE: Final = f"""
mkdir -p "$1" 2>/dev/null
[ -d "$1" ] && [ -w "$1" ] || {{ ls -ld "$1" >&2; exit {NOT_WRITABLE}; }}
stat -f -c '%a %S' "$1"
"""
"""$1: base path. Free blocks for us, and their bytes."""

WRITE: Final = f"""
mkdir -p "$(dirname "$1")" || exit {WRITE_FAILED}
head -c "$3" | dd of="$1" oflag=seek_bytes seek="$2" bs=65536 conv=notrunc status=none || exit {WRITE_FAILED}
[ "$(stat -c %s "$1")" -ge "$(($2 + $3))" ] || exit {WRITE_FAILED}
"""
"""$1: file, $2: offset, $3: how many bytes of the input. Writes at its offset, so twice is as good as once."""

CUT: Final = """
if [ "$2" -eq 0 ]; then rm -f "$1"; else truncate -s "$2" "$1"; fi
"""
"""$1: file, $2: size. A file that is longer than it should be, or not what it should be."""

PUBLISH: Final = f"""
[ -e "$2" ] && exit {IS_THERE}
find "$1" -exec sync '{{}}' + || exit {WRITE_FAILED}
mv -T "$1" "$2" || exit {WRITE_FAILED}
sync "$(dirname "$2")"
rm -rf "$3"
"""
"""$1: staged version, $2: where it goes, $3: the staging directory. Its files alone are flushed, not the whole node."""

REMOVE: Final = """
cd "$1" 2>/dev/null || exit 0
if [ -e "$2" ]; then
  rm -rf "$3" && mv -T "$2" "$3" || exit 1
fi
if [ -d "$3" ]; then
  rm -f "$3/saved_model.pb" "$3/saved_model.pbtxt" "$3/saved_model.cpb"
  rm -rf "$3"
fi
exit 0
"""
"""$1: base path, $2: name of the version's directory, $3: hidden name."""

CLEAR: Final = 'rm -rf "$1"'
"""$1: directory that nobody sees."""

ABANDON: Final = """
cd "$1" 2>/dev/null || exit 0
rm -rf .tfk8s-incoming-* .tfk8s-gone-*
"""
"""$1: base path."""
