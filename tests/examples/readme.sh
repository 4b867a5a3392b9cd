#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs the blocks of README.md as they are written, but for the prefix, and fails when a block is left over that nothing
# here takes. The objects of the library are those of an existing build.
# Also checks that the index of the examples lists all of them. Usage: readme.sh <source directory> <build directory>
set -eu

source=$1 build=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix

fail() {
  echo "$1"
  [ ! -e "$work/log" ] || tail -n 30 "$work/log"
  exit 1
}

# Each block into a file: what is fenced, or indented by four columns.
mkdir "$work/blocks"
awk -v folder="$work/blocks" '
  /^```/ { inside = !inside; open = 0; next }
  !inside && !/^    / { open = 0; next }
  {
    if (!open) ++count
    open = 1
    print (inside ? $0 : substr($0, 5)) > (folder "/" count)
  }' "$source/README.md"

# take <start of the first line>: moves the block to the file block.
take() {
  for file in "$work"/blocks/*; do
    case $(head -n 1 "$file") in
      "$1"*) mv "$file" "$work/block" && return ;;
    esac
  done
  fail "no block begins with: $1"
}

# lines: runs each line of the block by itself, and after it the program that it has compiled.
lines() {
  while read -r line; do
    sh -euc "$line" > "$work/log" 2>&1 || fail "fails: $line"
    squares ./a.out
    rm a.out
  done < "$work/block"
}

# squares <command>...: the command prints the squares.
squares() {
  "$@" > "$work/out" 2> "$work/log" || fail "fails: $*"
  printf '%s\n' 25 16 9 4 1 | diff - "$work/out" || fail "does not print the squares: $*"
}

# Other tests run these, and install nothing: package/demo runs both demos, and test.sh is what runs the tests.
take 'sh cmake/demo.sh     #'
take 'sh cmake/demo.sh --cluster'
# package/embed has this block in a project.
take 'include(FetchContent)'

take 'cmake -B build '
mkdir "$work/top" "$work/bin"
ln -s "$source"/* "$work/top"
rm -f "$work/top/build"
printf '#!/bin/sh\ntouch "%s/cached"\n' "$work" > "$work/bin/ldconfig"
chmod +x "$work/bin/ldconfig"
sed "s|/usr/local|$prefix|" "$work/block" > "$work/install"
reuse="sh;$source/tests/package/reuse.sh;$build"
(
  cd "$work/top"
  CMAKE_C_COMPILER_LAUNCHER=$reuse CMAKE_CXX_COMPILER_LAUNCHER=$reuse PATH=$work/bin:$PATH sh -eu "$work/install"
) > "$work/log" 2>&1 || fail "can't be installed"
[ -e "$work/cached" ] || fail "ldconfig is not called"
# For a prefix that is not the system's, README.md's table of troubles names these.
PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name tpool.pc)")
LD_LIBRARY_PATH=$(dirname "$PKG_CONFIG_PATH")
CMAKE_PREFIX_PATH=$prefix
export PKG_CONFIG_PATH LD_LIBRARY_PATH CMAKE_PREFIX_PATH

mkdir "$work/programs"
cd "$work/programs"
take '/* SPDX-License-Identifier: MIT */'
diff "$work/block" "$source/tests/examples/readme.c"
cp "$work/block" squares.c
take '// SPDX-License-Identifier: MIT'
diff "$work/block" "$source/tests/examples/readme.cpp"
cp "$work/block" squares.cpp
cp squares.c program.c
cp squares.cpp program.cpp
take 'cc squares.c '
lines
take 'c++ squares.cpp '
lines
take 'cc  program.c '
lines

take 'find_package(tpool '
cat - "$work/block" > CMakeLists.txt << 'EOF'
cmake_minimum_required(VERSION 3.22)
project(programs LANGUAGES C CXX)
add_executable(program program.c)
add_executable(program_cpp program.cpp)
EOF
{ cmake -B by_cmake && cmake --build by_cmake; } > "$work/log" 2>&1 || fail "find_package does not find it"
squares by_cmake/program
squares by_cmake/program_cpp

# The library of zlib that is installed, without its header.
take 'struct row {'
{
  cat << 'EOF'
#include <tpool/tpool.h>
unsigned long crc32(unsigned long crc, const unsigned char *data, unsigned length);
int main(void) {
  enum { n = 3 };
  const unsigned char *const texts[n] = {(void *)"a", (void *)"bc", (void *)"def"};
  tp_pool_t *pool;
  if (tp_pool_create(NULL, &pool) != TP_OK) return 1;
EOF
  sed '1a for (unsigned i = 0; i < n; ++i) rows[i] = (struct row){i, texts[i], i + 1};' "$work/block"
  cat << 'EOF'
  if (status != TP_OK) return 1;
  for (unsigned i = 0; i < n; ++i)
    if (sums[i] != crc32(i, texts[i], i + 1)) return 1;
  tp_pool_destroy(pool);
  return 0;
}
EOF
} > crc32.c
# shellcheck disable=SC2046 # flags are words
cc crc32.c $(pkg-config --cflags --libs tpool) -l:libz.so.1 -o crc32 > "$work/log" 2>&1 || fail "crc32 does not compile"
./crc32 || fail "crc32 has other sums in a pool"

take 'from tpool import ThreadPool'
cat "$work/block" - > squares.py << 'EOF'
import multiprocessing.pool
with ThreadPool() as pool:
    assert isinstance(pool, multiprocessing.pool.ThreadPool)
    print(*pool.map(lambda x: x * x, [5, 4, 3, 2, 1]), sep="\n")
EOF
PYTHONPATH=$(dirname "$(find "$prefix" -type d -name tpool -path '*-packages/*')")
export PYTHONPATH
if command -v python3 > /dev/null; then
  squares python3 -B squares.py
else
  echo "No python3: README.md's block of Python is left out"
fi

# The program in C, with these two lines in place of its own.
take 'int status = tp_cluster_pool_create('
sed -e "/int status = tp_pool_create(/{r $work/block
d}" -e '/#include <tpool/a #include <tpool/cluster.h>' squares.c > ranks.c
# shellcheck disable=SC2046 # flags are words
cc ranks.c $(pkg-config --cflags --libs tpool-cluster) -o ranks > "$work/log" 2>&1 || fail "the ranks do not compile"
squares ./ranks
if [ -e "$LD_LIBRARY_PATH/tpool/cluster-openmpi.so" ] && command -v mpirun.openmpi > /dev/null; then
  # Into a file: mpirun of Open MPI 5.0.7 loses some of what it forwards.
  timeout 60 mpirun.openmpi --allow-run-as-root --oversubscribe -n 2 sh -c './ranks >> printed' ||
    fail "fails over ranks"
  squares cat printed
else
  echo "No Open MPI: README.md's program over ranks is left out"
fi

left=$(cat "$work"/blocks/* 2> /dev/null) || true
[ -z "$left" ] || fail "in README.md, and tested by nothing: $left"

cd "$source/tests/examples"
odd=$({
  grep -o '([^()]*\.cp*)' README.md | tr -d '()' | grep -v '^\.\./guide/'  # guide/links looks at these
  find . -name '*.c' -o -name '*.cpp' | sed 's|^\./||'
} | sort | uniq -u)
[ -z "$odd" ] || fail "not in both the index and the folder: $odd"
