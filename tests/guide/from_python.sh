#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs the Python side of a chapter of the guide. Usage: from_python.sh <program>
set -eu
command -v python3 > /dev/null || { echo "no python3"; exit 77; }
python3 "$1"
