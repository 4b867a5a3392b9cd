#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks that the stage line of each source tells the truth, by stages.awk; first that this finds what is wrong.
# Usage: stages.sh <source directory>
set -eu

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$1" && pwd)
sample=$(mktemp -d)
trap 'rm -rf "$sample"' EXIT

# check: the tree in the current directory.
check() {
  find src capi include -name '*.[ch]' -o -name '*.cpp' | xargs awk -f "$here/stages.awk"
}

# file <name> <stage line> <text>
file() {
  printf '// SPDX-License-Identifier: MIT\n// %s\n#pragma once\n%b\n' "$2" "$3" > "$1"
}

cd "$sample"
mkdir -p src/base src/queue src/submit capi include/tpool
file include/tpool/pool.h 'Pools.' 'int tp_pool_map(void);'
file src/base/clock.h 'Time. Stage: base, used by all.' 'int now();'
file src/queue/fifo.h 'Stage 4: a queue; from submit/*, to the waiter.' '#include "base/clock.h"\nstruct Fifo {};'
file src/queue/more.h 'Stage 4: more; from queue/fifo, to tp_pool_map.' \
  '#include "queue/fifo.h"\nstruct More : Fifo {};'
file src/submit/map.h "$(printf 'Stage 3: maps; from capi/pool, to\n// queue/*.')" \
  '#include "queue/fifo.h"\nint enter(); Fifo fifo;'
file src/submit/map.cpp 'Stage 3: maps; from capi/pool, to queue/fifo.' \
  '#include "queue/fifo.h"\nint map(Fifo) { now(); }'
file capi/pool.cpp 'Stage 2: pools; from include/tpool, to src/submit/map.' \
  '#include "submit/map.h"\nint f() { return enter(); }'
check || { echo "wrongly refused"; exit 1; }

# bad <file> <stage line> <report>
bad() {
  cp "$1" kept
  sed -i "2s|.*|// $2|" "$1"
  ! check > out || { echo "not found: $1: $2"; exit 1; }
  grep -q "$3" out || { echo "wrong report: $(cat out)"; exit 1; }
  mv kept "$1"
}
fifo=src/queue/fifo.h
bad $fifo 'Stage 4: a queue; from submit/gone, to the waiter.' 'names submit/gone, which is no file'
bad $fifo 'Stage 4: a queue; from submit/*, to queue/gone.' 'names queue/gone, which is no file'
bad $fifo 'Stage 4: a queue; from submit/*, to capi/pool.' 'capi/pool does not use it, nor is used by it'
bad $fifo 'Stage 4: a queue; from capi/*, to the waiter.' 'no file of capi uses it'
bad $fifo 'Stage 4: a queue; from submit/*, to tp_pool_gone.' 'names tp_pool_gone, which is no file'
bad $fifo 'Stage 4: a queue.' 'says neither'
bad src/queue/more.h 'Stage 4: more; from submit/map, to queue/fifo.' 'submit/map does not use it'
bad src/base/clock.h 'Time. Stage: base, used by capi.' 'no file of capi uses it'
sed -i 's/now();//' src/submit/map.cpp
bad src/base/clock.h 'Time. Stage: base, used by all.' 'nobody uses it'

cd "$top"
check
