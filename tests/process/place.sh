# SPDX-License-Identifier: MIT
# What the scripts that make a place share. To be sourced.

# skip <reason>: ends the script; the machine has no such place.
skip() {
  echo "skipped: $*"
  exit 77
}

# need <command>...
need() {
  for command; do
    command -v "$command" >/dev/null || skip "no $command"
  done
}

# make_group <controller>: sets group to the directory of a new cgroup (version 1), which is removed
# at the end.
make_group() {
  path=$(sed -n "s/^[0-9]*:\([^:]*,\)\{0,1\}$1\(,[^:]*\)\{0,1\}://p" /proc/self/cgroup)
  group=/sys/fs/cgroup/$1$path/tpool-test-$$
  mkdir "$group" 2>/dev/null || skip "no cgroup of $1 may be made"
  trap 'rmdir "$group"' EXIT
}

# in_group <command>...: runs it inside.
in_group() {
  sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$group" "$@"
}
