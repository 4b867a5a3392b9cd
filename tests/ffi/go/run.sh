#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds a program in the current directory and runs it. Usage: run.sh <go> <file>
set -eu
program=$PWD/$(basename "$2" .go)
GOCACHE=$PWD/gocache GOPATH=$PWD/gopath "$1" build -o "$program" "$2"
exec "$program"
