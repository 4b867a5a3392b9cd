# SPDX-License-Identifier: MIT
# A cgroup that may use a part of the CPUs. Usage: cpu_quota.sh <process_test>
set -eu
. "$(dirname "$0")/place.sh"
make_group cpu

period=100000
cpus=$(nproc)
TPOOL_TEST_CPUS=$cpus "$1" 'a pool without a number*' >/dev/null || skip 'there is a quota already'
for percent in 20 150; do
  wanted=$(((percent + 99) / 100))
  [ "$wanted" -le "$cpus" ] || wanted=$cpus
  echo $period >"$group/cpu.cfs_period_us"
  echo $((period * percent / 100)) >"$group/cpu.cfs_quota_us" || skip 'no quota may be set'
  TPOOL_TEST_CPUS=$wanted in_group "$1" 'a pool without a number*'
  in_group "$1" '10000 tasks*'
done
