#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs check.py, where there is Python. usage: sh check.sh PROGRAM
set -eu
command -v python3 >/dev/null || {
  echo 'check.sh: no python3' >&2
  exit 77
}
exec python3 -B "$(dirname "$0")/check.py" "$1"
