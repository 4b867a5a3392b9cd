#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs a build, which has no sanitizer, and runs programs against it that have ThreadSanitizer: it has nothing to
# report, but for the race that one of them has itself.
# Usage: tsan.sh <build directory> <cmake> <C compiler> <C++ compiler>
set -eu

build=$1 cmake=$2 cc=$3 cxx=$4
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$cmake" --install "$build" --prefix "$work" > /dev/null
libdir=$(dirname "$(find "$work" -name 'libtpool.so')")
flags="-g -O1 -fsanitize=thread -I$work/include -I$here/../guide"
link="-L$libdir -Wl,-rpath,$libdir -ltpool -pthread"
export TSAN_OPTIONS=halt_on_error=1

printf 'int main(void) { return 0; }\n' > "$work/empty.c"
# shellcheck disable=SC2086 # flags are words
if ! "$cc" $flags "$work/empty.c" -o "$work/empty" 2> "$work/report" || ! "$work/empty"; then
  echo "no ThreadSanitizer here"
  exit 77
fi

failed=0
check() {
  timeout -s KILL 120 "$@" > "$work/report" 2>&1 || { echo "$*:"; head -n 60 "$work/report"; failed=1; }
}
# shellcheck disable=SC2086
{
  "$cc" -std=gnu11 $flags "$here/tsan.c" $link -o "$work/tsan_c"
  "$cxx" -std=c++20 $flags "$here/tsan.cpp" $link -o "$work/tsan_cpp"
}
check "$work/tsan_c"
# Clang's does not see libstdc++ count the users of an exception.
"$cxx" --version | grep -q clang || check "$work/tsan_cpp"
if "$work/tsan_c" races > "$work/report" 2>&1 || ! grep -q 'data race' "$work/report"; then
  echo "not found: a race of the program's own"
  failed=1
fi
exit $failed
