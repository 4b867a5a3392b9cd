#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds program.go in the current directory and runs it. Usage: run.sh <go>
set -eu
GOCACHE=$PWD/gocache GOPATH=$PWD/gopath "$1" build -o program_go "$(dirname "$0")/program.go"
exec ./program_go
