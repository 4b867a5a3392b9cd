#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks that the headers compile behind the macros of others, which foreign.txt lists, and leave
# these as they were; where somebody makes all members public; and behind the real X11 and curses.
# Usage: foreign.sh gcc|clang <include directory> <cpp directory>
set -eu

. "$(dirname "$0")/setup.sh"

# include_if_there: of each name <x> that is read, a line that includes it.
include_if_there() {
  awk '{ print "#if __has_include(" $0 ")\n#include " $0 "\n#endif" }'
}

# What the headers need of others comes before the macros, to which it may be open. <coroutine> is
# an error in C++17.
needed() {
  sed -n 's/^#include \(<[^>]*>\).*/\1/p' "$@" | grep -v -e '^<tpool/' -e '^<coroutine>' | sort -u |
    include_if_there
}
c_headers=$(cd "$include" && ls tpool/*.h)
cpp_headers=$(cd "$cpp" && ls tpool/*.hpp tpool/*/*.hpp | grep -v '/\(pro\|epi\)logue.hpp$')
needed "$include"/tpool/*.h > "$work/needed.h"
{
  needed "$include"/tpool/*.h "$cpp"/tpool/*.hpp "$cpp"/tpool/*/*.hpp
  printf '#if defined(__cpp_impl_coroutine)\n#include <coroutine>\n#endif\n'
} > "$work/needed.hpp"

# Where one of the macros is seen, it breaks what is compiled.
{
  echo '#define FOREIGN 0 seen a macro of somebody else 0'
  sed '/^#/d' "$here/foreign.txt" | tr ' ' '\n' | sed 's/.*/#define & FOREIGN/'
} > "$work/foreign.h"
# Each macro is still what it was.
sed -n 's/^#define \([A-Za-z0-9_]*\).*/\1/p' "$work/foreign.h" |
  awk '{ print "#ifndef " $0 "\n#error " $0 " is gone\n#endif" }' > "$work/kept.h"
printf '%s\n' '<curses.h>' '<X11/Xlib.h>' '<X11/Xutil.h>' '<X11/Xos.h>' | include_if_there \
  > "$work/real.h"
printf '#define private public\n#define protected public\n' > "$work/open.h"
# Those that the prologue knows may be there before the standard headers are.
prologue=$(sed -n 's/^#undef //p' "$cpp/tpool/detail/prologue.hpp" | grep -v '^TPOOL_')
for name in FOREIGN $prologue; do
  grep "^#define $name\b" "$work/foreign.h" || { echo "foreign.txt has no $name"; exit 1; }
done > "$work/prologue.h"

# compile <compiler> <language> <standards> <headers> <file>...: the headers, with the files before.
compile() {
  compiler=$1 language=$2 standards=$3 headers=$4
  shift 4
  for standard in $standards; do
    # shellcheck disable=SC2086 # a list of headers
    {
      printf '#include "%s"\n' "$@"
      printf '#include <%s>\n' $headers
      case $* in *foreign.h) echo '#include "kept.h"' ;; esac
      echo 'extern int declared;'
    } > "$work/source"
    "$compiler" -x "$language" -std="$standard" -Wall -Wextra -Werror -I"$include" -I"$cpp" \
      -fsyntax-only "$work/source" || { echo "failed: $compiler -std=$standard, $*"; failed=1; }
    checked=$((checked + 1))
  done
}

for macros in "$work/foreign.h" "$work/real.h"; do
  compile "$cc" c 'c99 c17' "$c_headers" "$work/needed.h" "$macros"
  compile "$cxx" c++ 'c++11' "$c_headers" "$work/needed.h" "$macros"
  compile "$cxx" c++ 'c++17 c++20' "$c_headers $cpp_headers" "$work/needed.hpp" "$macros"
done
compile "$cxx" c++ 'c++17 c++20' "$c_headers $cpp_headers" "$work/needed.hpp" "$work/open.h"
compile "$cxx" c++ 'c++17 c++20' "$c_headers $cpp_headers" "$work/prologue.h"

# Each header is between the two.
for file in $cpp_headers; do
  case $file in tpool/tpool.hpp) continue ;; esac
  sed -n 's/^ *# *include.*\(["<].*[">]\).*/\1/p' "$cpp/$file" |
    awk 'NR == 1 { first = $0 } { last = $0 }
         END { exit !(first ~ /["\/]prologue.hpp"$/ && last ~ /["\/]epilogue.hpp"$/) }' ||
    { echo "not between prologue.hpp and epilogue.hpp: $file"; failed=1; }
done
echo "$checked compiled"
exit $failed
