#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs cmake/demo.sh in a tree of its own, with an installed build in place of the one that it would
# make: what it says of good folders, of none, and of a program that prints something else.
# Usage: demo.sh <source directory> <build directory> <cmake>
set -eu

source=$1 build=$2 cmake=$3
export TPOOL_SETUP=check # a test installs nothing
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
  echo "$1"
  cat "$work/out" "$work/messages"
  exit 1
}

mkdir -p "$work/top/cmake" "$work/top/tests/examples" "$work/bin" "$work/files"
cp "$source/cmake/demo.sh" "$source/cmake/setup.sh" "$work/top/cmake"
cp -R "$source/tests/examples/checksum" "$source/tests/examples/checksum_ranks" "$work/top/tests/examples"
echo one > "$work/files/one"
echo two > "$work/files/two"
"$cmake" --install "$build" --prefix "$work/installed" > /dev/null
[ -e "$work/installed/lib/pkgconfig/tpool.pc" ] ||
  { echo "this build installs to another place than the demo's"; exit 77; }
cat > "$work/bin/cmake" << EOF
#!/bin/sh
touch "$work/called"
[ "\$1" != --install ] || { mkdir -p "\$2" && cp -R "$work/installed" "\$2/prefix"; }
EOF
chmod +x "$work/bin/cmake"
PATH=$work/bin:$PATH
export PATH

# demo <status> <folder>...
demo() {
  expected=$1 status=0
  shift
  sh "$work/top/cmake/demo.sh" "$@" > "$work/out" 2> "$work/messages" || status=$?
  [ $status -ne 77 ] || { cat "$work/messages"; exit 77; }
  [ $status -eq "$expected" ] || fail "status $status, not $expected"
}

demo 2 "$work/files" "$work/no-such-folder"
[ "$(cat "$work/messages")" = "demo.sh: $work/no-such-folder: no such folder" ] || fail "no message"
[ ! -e "$work/called" ] || fail "builds before it looks at the folders"

demo 0 "$work/files"
[ "$(tail -n 1 "$work/out")" = 'checksum prints what sha256sum prints; files hashed: 2' ] ||
  fail "does not say what was seen"

if [ -e "$work/installed/lib/tpool/cluster-openmpi.so" ]; then
  demo 0 --cluster "$work/files"
  grep -q '^3 ranks, ' "$work/out" || fail "does not run in three processes"
  [ "$(tail -n 1 "$work/out")" = 'checksum prints what sha256sum prints; files hashed: 2' ] ||
    fail "does not say what three processes have printed"
fi

printf '#!/bin/sh\necho something else\n' > "$work/bin/sha256sum"
chmod +x "$work/bin/sha256sum"
demo 1 "$work/files"
grep -q 'checksum does not print what sha256sum prints' "$work/out" || fail "differs in silence"
