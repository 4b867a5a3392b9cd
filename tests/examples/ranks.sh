# SPDX-License-Identifier: MIT
# For tests of programs over ranks, which read this file: how a program is started.

# has_launcher <program> <engine> <launcher>...: whether there is the engine, and its launcher starts something.
has_launcher() {
  engine=$(dirname "$(ldd "$1" | sed -n 's/.*libtpool-cluster[^ ]* => \([^ ]*\) .*/\1/p')")/tpool/cluster-$2.so
  example=${1##*/} name=$2
  shift 2
  [ -e "$engine" ] || { echo "No engine $name: its test of $example is left out"; return 1; }
  timeout 60 "$@" -n 2 true < /dev/null > /dev/null 2>&1 || {
    echo "$name starts nothing here: its test of $example is left out"
    return 1
  }
}

# ranks_of <name>: how many with_each_launch starts under it.
ranks_of() {
  [ "$1" = alone ] && echo 1 || echo 3
}

# with_each_launch <program> <function>: calls <function> <name> <words that start the program>... for one process
# without a launcher, and for three ranks of each MPI.
with_each_launch() {
  "$2" alone env
  if has_launcher "$1" openmpi mpirun.openmpi --allow-run-as-root --oversubscribe; then
    "$2" openmpi timeout 60 mpirun.openmpi --allow-run-as-root --oversubscribe -n 3
  fi
  if has_launcher "$1" mpich mpiexec.mpich; then
    "$2" mpich timeout 60 mpiexec.mpich -n 3
  fi
}
