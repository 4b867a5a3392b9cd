#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks that the picture of the README's table of times shows that table. After a change of the table:
# python3 tests/bench/picture.py README.md > tests/bench/speed.svg. Usage: picture.sh <source directory>
set -eu

command -v python3 > /dev/null || { echo "no python3"; exit 77; }
python3 -B "$1/tests/bench/picture.py" "$1/README.md" | cmp - "$1/tests/bench/speed.svg"
