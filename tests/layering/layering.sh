#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks that includes go one way only, and what else rules.awk asks of the source tree; first that
# each rule finds what breaks it. Usage: layering.sh <source directory>
set -eu

rules=$(cd "$(dirname "$0")" && pwd)/rules.awk
top=$1

# Checks the tree in the current directory.
check_tree() {
  find src capi cpp include -type f \( -name '*.[ch]' -o -name '*.[ch]pp' \) \
    -exec awk -f "$rules" {} +
}

sample=$(mktemp -d)
trap 'rm -rf "$sample"' EXIT

# sample_of <file> <text>: makes a tree of this one file.
sample_of() {
  rm -rf "$sample"
  mkdir -p "$sample/src" "$sample/capi" "$sample/cpp" "$sample/include" "$sample/$(dirname "$1")"
  printf '%b' "$2" > "$sample/$1"
}

opening='// SPDX-License-Identifier: MIT\n// What it is for. Stage: here.\n'

good() {
  sample_of "$1" "$opening$2\n"
  (cd "$sample" && check_tree) || { echo "wrongly refused: $1: $2"; exit 1; }
}

bad() {
  sample_of "$1" "$2"
  if (cd "$sample" && check_tree) > "$sample/out"; then
    echo "not found: $1: $2"
    exit 1
  fi
  grep -q "$3" "$sample/out" || { echo "wrong report: $(cat "$sample/out")"; exit 1; }
}

good src/queue/submit_queue.h '#include <atomic>\n#include "queue/block.h"\n#include "result/job.h"'
good src/base/x.cpp '#include <tpool/status.h>\n#include "base/x.h"'
good src/call/x.h '#include <ffi.h>\n#include "call/y.h"\n#include "result/error.h"'
good capi/ffi.cpp '#include "call/call.h"'
good capi/pool.cpp '#include "handles.h"\n#include "worker/pool.h"\n#include <tpool/pool.h>'
good cpp/tpool/detail/x.hpp '#include <tpool/task.h>\n#include "../error.hpp"'
good src/cluster/x.cpp '#include <vector>\n#include "cluster/wire.h"\n#include "result/seam.h"'
good include/tpool/pool.h '#include <stddef.h>\n#include "task.h"'

bad src/base/x.h "$opening#include \"result/latch.h\"\n" 'base includes result/latch.h'
good src/result/x.cpp '#include "trace/trace.h"'
bad src/trace/x.h "$opening#include \"result/job.h\"\n" 'trace includes result/job.h'
bad src/result/x.h "$opening  #  include \"queue/submit_queue.h\"\n" 'result includes queue/submit_queue.h'
bad src/queue/x.h "$opening#include \"wait/wait.h\"\n" 'queue includes wait/wait.h'
bad src/queue/x.h "$opening#include \"worker/worker.h\"\n" 'queue includes worker/worker.h'
bad src/call/x.h "$opening#include \"queue/submit_queue.h\"\n" 'call includes queue/submit_queue.h'
bad src/call/x.h "$opening#include \"worker/pool.h\"\n" 'call includes worker/pool.h'
bad src/queue/x.h "$opening#include \"call/call.h\"\n" 'queue includes call/call.h'
bad src/submit/x.h "$opening#include \"call/call.h\"\n" 'submit includes call/call.h'
bad src/cluster/x.h "$opening#include \"result/job.h\"\n" 'cluster includes result/job.h'
bad src/result/x.h "$opening#include \"cluster/wire.h\"\n" 'result includes cluster/wire.h'
bad src/worker/x.h "$opening#include \"submit/submit.h\"\n" 'worker includes submit/submit.h'
bad src/worker/x.h "$opening#include \"capi/handles.h\"\n" 'no room of it'
bad src/worker/x.h "$opening#include \"../base/x.h\"\n" 'by a relative path'
bad src/base/x.h "$opening#include <tpool/pool.hpp>\n" 'of cpp'
bad capi/x.cpp "$opening#include <tpool/pool.hpp>\n" 'of cpp'
bad capi/x.cpp "$opening#include \"tests/x.h\"\n" 'neither capi nor a room'
bad cpp/tpool/x.hpp "$opening#include \"base/parker.h\"\n" 'not of cpp or include'
bad include/tpool/x.h "$opening#include <stdio.h>\n" 'include includes stdio.h'
bad include/tpool/x.h "$opening#include \"base/x.h\"\n" 'include includes base/x.h'
bad src/base/x.h '// What it is for. Stage: here.\n' 'no SPDX line'
bad src/base/x.h '// SPDX-License-Identifier: MIT\n\nint late;  // Stage\n' 'names no Stage'
bad capi/x.h '// SPDX-License-Identifier: MIT\n// A file.\n' 'names no Stage'
good src/base/x.h 'T* const x = new (std::nothrow) T;  // a new one\n  if (ends_thread()) throw;'
bad src/base/x.h "${opening}T* const x = new T;\n" 'a new that throws'
bad capi/x.cpp "$opening  throw 1;\n" 'a throw'
bad src/base/x.h "$opening#include <vector>\n" 'a header of what throws'
bad src/base/x.h "$opening$(printf '%400s' '' | sed 's/ /\\n/g')" 'longer than 400 lines'

# twins <text> <text>: two files of the core.
names=$(dirname "$rules")/names.awk
twins() {
  sample_of src/a.h "$1\n"
  printf '%b\n' "$2" > "$sample/src/b.h"
  (cd "$sample" && awk -f "$names" src/a.h src/b.h) > "$sample/out"
}
one='namespace tp::core {\nunion Slot {\n};\n}  // namespace tp::core'
twins "$one" 'namespace tp::capi {\nstruct Slot {\n};\n}  // namespace tp::capi' || exit 1
twins "$one" 'namespace tp::core {\nstruct Slot;\nstruct Of {\n  struct Slot {};\n};\n}' || exit 1
for two in 'struct alignas(8) Slot {\n};' 'namespace {\nclass Slot final {\n};\n}  // namespace'; do
  if twins "$one" "namespace tp::core {\n$two\n}  // namespace tp::core"; then
    echo "not found: $two"
    exit 1
  fi
done

cd "$top"
check_tree || exit 1
find src capi cpp -name '*.[ch]' -o -name '*.[ch]pp' | sort | xargs awk -f "$names" || exit 1

# Every file that can hold a comment names its licence.
unnamed=$(find src capi cpp include tests cmake pkgconfig CMakeLists.txt -type f ! -name '*.json.in' \
  \( -name '*.[ch]' -o -name '*.[ch]pp' -o -name '*.cmake' -o -name '*.sh' -o -name '*.awk' \
     -o -name '*.py' -o -name '*.in' -o -name '*.map' -o -name CMakeLists.txt \) \
  -exec awk 'FNR == 1 { found = 0 } /SPDX-License-Identifier: MIT/ { found = 1 }
             FNR == 3 && !found { print FILENAME }' {} +)
if [ -n "$unnamed" ]; then
  echo "no SPDX line:"
  echo "$unnamed"
  exit 1
fi
