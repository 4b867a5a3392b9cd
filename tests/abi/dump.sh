#!/bin/sh
# SPDX-License-Identifier: MIT
# Writes down the ABI of a library that has debug information: its functions, and the types in the
# public headers. Usage: dump.sh <library> <include directory> <file>
set -eu

abidw --headers-dir "$2" --drop-private-types --exported-interfaces-only \
  --no-corpus-path --no-comp-dir-path --no-show-locs --no-elf-needed --no-parameter-names "$1" |
  sed "s| path='[^']*/\([^/']*\)'| path='\1'|" > "$3"
