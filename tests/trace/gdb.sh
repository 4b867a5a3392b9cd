#!/bin/sh
# SPDX-License-Identifier: MIT
# What gdb prints of handles and of threads. Usage: gdb.sh <program> <printers> <build type>
set -eu
program=$1 printers=$2 build=$3
command -v gdb >/dev/null || { echo "no gdb"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

handles='pool map loop failed stream running queued promised next all any none'
{
  echo "source $printers"
  echo 'break seen.c:look'
  echo 'run </dev/null'
  echo 'info threads'
  for handle in $handles; do echo "print $handle"; done
  echo 'continue'
} >"$work/commands"
gdb -nx -batch -iex 'set debuginfod enabled off' -ex 'set startup-with-shell on' \
  -x "$work/commands" "$program" >"$work/output" 2>&1 || true
if ! grep -q 'Breakpoint 1, look' "$work/output"; then
  cat "$work/output"
  grep -qiE 'ptrace|not permitted|Python' "$work/output" && exit 77
  exit 1
fi
sed -n 's/^\$[0-9]* = //p' "$work/output" >"$work/printed"
case $build in
Debug | RelWithDebInfo) cat >"$work/expected" <<'END' ;;
tp_pool "seen": running, 3 workers, 3 items queued, 4 running, 5 of 12 jobs completed
tp_result of map: ready, 10 of 10 items, TP_OK
tp_result of for: ready, 20 of 20 items, TP_OK
tp_result of apply: ready, 1 of 1 items, TP_ETASK at item 0, code 5: "it went wrong"
tp_result of imap: ready, 4 of 4 items, TP_OK
tp_result of apply: running, 0 of 1 items, no error
tp_result of map: running, 0 of 2 items, no error
tp_result of promise: running, 0 of 1 items, no error
tp_result of apply: running, 0 of 1 items, no error
tp_result of when: running, 1 of 2 items, no error
tp_result of when: ready, 1 of 1 items, TP_OK
NULL
END
*)
  sed -i 's/^0x[0-9a-f]* //' "$work/printed"
  for handle in $handles; do echo '(no debug information of libtpool)'; done |
    sed '$s/.*/NULL/' >"$work/expected"
  ;;
esac
diff -u "$work/expected" "$work/printed"
for i in 0 1 2; do
  grep -q "\"seen-w$i\"" "$work/output" || { cat "$work/output"; exit 1; }
done
grep -q 'exited normally' "$work/output"
