# SPDX-License-Identifier: MIT
# What the checks of headers begin with. Sourced, with their arguments: gcc|clang <include directory> <cpp directory>.
# shellcheck disable=SC2034 # used by the check
cc=$1 include=$2 cpp=$3
case $cc in
  gcc) cxx=g++ ;;
  *) cxx=$cc++ ;;
esac
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
checked=0
