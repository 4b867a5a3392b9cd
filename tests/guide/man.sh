#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds and installs the documentation, and checks the HTML (html_check.py) and the man pages: that they say what
# the headers say, and that neither groff nor mandoc finds fault. Usage: man.sh <source directory> <cmake>
set -eu

top=$1 cmake=$2
here=$(cd "$(dirname "$0")" && pwd)
for tool in doxygen python3 man groff mandoc; do
  command -v "$tool" > /dev/null || { echo "no $tool"; exit 77; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$cmake" -S "$top" -B "$work/build" -DTPOOL_DOCS=ON -DTPOOL_TESTS=OFF -DTPOOL_FFI=OFF > "$work/log"
"$cmake" --build "$work/build" --target docs > "$work/log" 2>&1 || { cat "$work/log"; exit 1; }
"$cmake" --install "$work/build" --component doc --prefix "$work/prefix" > "$work/log"
python3 "$here/html_check.py" "$top/include/tpool" "$work/prefix/share/doc/tpool/html" "$work/build/docs/xml"

man=$work/prefix/share/man
python3 "$here/man_check.py" "$top/include/tpool" "$man"

# A page with a mistake must be found by both.
mkdir "$work/bad"
printf '.TH bad 3\n.SH NAME\n\\fB\n.nonsense\n' > "$work/bad/bad.3"
# groff is what man runs; it reads all pages at once.
faults() {
  mandoc -T lint -W warning "$@" || true
  groff -K utf8 -t -mandoc -wmac -Tutf8 -rLL=80n -z "$@" 2>&1 || true
}
[ "$(faults "$work/bad/bad.3" | grep -c nonsense)" -ge 2 ] || { echo "bad page not found"; exit 1; }
faults "$man"/man*/* > "$work/faults"
[ ! -s "$work/faults" ] || { cat "$work/faults"; exit 1; }

man -M "$man" -P cat tp_pool_imap | tr -s '[:space:]' ' ' > "$work/imap"
grep -q 'At most buffersize items are in flight, that is, pulled and not yet yielded' "$work/imap" ||
  { cat "$work/imap"; exit 1; }
