#!/usr/bin/env bash
# Makes the virtual environment of the project: bootstrap.sh PYTHON VENV. Safe to interrupt and to run again.
set -euo pipefail
python=$1
venv=$2

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' || {
  echo "error: $("$python" --version) is too old; set PYTHON to Python 3.10 or newer: make PYTHON=python3.11 ..." >&2
  exit 4
}
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq && apt-get install -y -qq --no-install-recommends python3-venv >/dev/null
  else
    echo "error: $python has no venv module; install your distribution's python3-venv package" >&2
    exit 4
  fi
fi
if ! "$venv/bin/python" -c '' 2>/dev/null; then
  rm -rf "$venv"
  "$python" -m venv "$venv"
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then   # shells whose completion scripts are tested
  for shell in zsh fish; do
    command -v "$shell" >/dev/null || missing="${missing:-} $shell"
  done
  # shellcheck disable=SC2086
  [ -z "${missing:-}" ] || { apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing >/dev/null; }
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then   # a browser, which opens reports in tests
  if ! { command -v google-chrome google-chrome-stable chrome ||
         { command -v chromium && command -v chromedriver; }; } >/dev/null; then
    echo "installing Chromium ..." >&2
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=300 chromium chromium-driver >/dev/null ||
      echo "note: no Chromium could be installed; tests that open a browser will say so" >&2
  fi
fi
echo "installing tfk8s and its development tools into $venv ..." >&2
"$venv/bin/python" -m pip install --quiet --upgrade 'pip>=25.1'   # --group came with 25.1
"$venv/bin/python" -m pip install --quiet --editable . --group dev
