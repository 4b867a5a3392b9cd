// SPDX-License-Identifier: MIT
// Tests of the CPU count: affinity, and cgroup quotas from injected files.
#include "base/cpus.h"

#include "support/test.hpp"

namespace {

using tp::core::usable_cpus;

// A root directory of its own.
class Tree {
 public:
  void write(const std::string& path, const std::string& text) const {
    const std::filesystem::path file = root_ / path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  std::size_t cpus() const { return usable_cpus((root_ / "").c_str()); }

 private:
  support::Scratch root_;
};

// Without any file only the affinity mask is left.
std::size_t affinity() { return Tree().cpus(); }

// How many CPUs a quota of so many gives on this machine.
std::size_t at_most(std::size_t quota) { return std::min(affinity(), quota); }

std::size_t with_cpu_max(const std::string& text) {
  const Tree tree;
  tree.write("proc/self/cgroup", "0::/app\n");
  tree.write("sys/fs/cgroup/app/cpu.max", text);
  return tree.cpus();
}

void write_v1(const Tree& tree, const std::string& group, const std::string& quota,
              const std::string& period) {
  tree.write("sys/fs/cgroup/cpu" + group + "/cpu.cfs_quota_us", quota);
  tree.write("sys/fs/cgroup/cpu" + group + "/cpu.cfs_period_us", period);
}

// Restores this thread's affinity mask.
class AffinityGuard {
 public:
  AffinityGuard() { REQUIRE(sched_getaffinity(0, sizeof mask_, &mask_) == 0); }
  ~AffinityGuard() { sched_setaffinity(0, sizeof mask_, &mask_); }
  AffinityGuard(const AffinityGuard&) = delete;
  AffinityGuard& operator=(const AffinityGuard&) = delete;

  const cpu_set_t& mask() const { return mask_; }

 private:
  cpu_set_t mask_;
};

}  // namespace

TEST_CASE("without cgroup files the affinity mask counts") {
  const AffinityGuard guard;
  CHECK(affinity() == static_cast<std::size_t>(CPU_COUNT(&guard.mask())));
}

TEST_CASE("a thread bound to one CPU may use one") {
  const AffinityGuard guard;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(support::usable_cpus().front(), &one);
  REQUIRE(sched_setaffinity(0, sizeof one, &one) == 0);
  CHECK(affinity() == 1);
  CHECK(usable_cpus() == 1);
  CHECK(with_cpu_max("800000 100000\n") == 1);
}

TEST_CASE("the real system gives at least one CPU and not more than the mask") {
  CHECK(usable_cpus() >= 1);
  CHECK(tp::core::roughly_usable_cpus() == usable_cpus());
  CHECK(usable_cpus() <= affinity());
}

TEST_CASE("a v2 quota is rounded up") {
  CHECK(with_cpu_max("1000 100000\n") == 1);
  CHECK(with_cpu_max("100000 100000\n") == 1);
  CHECK(with_cpu_max("100001 100000\n") == at_most(2));
  CHECK(with_cpu_max("250000 100000\n") == at_most(3));
}

TEST_CASE("a v2 quota above the mask changes nothing") {
  CHECK(with_cpu_max("max 100000\n") == affinity());
  CHECK(with_cpu_max("18446744073709551615 1\n") == affinity());
}

TEST_CASE("the least quota from the group up to the root counts") {
  const Tree tree;
  tree.write("proc/self/cgroup", "0::/a/b/c\n");
  tree.write("sys/fs/cgroup/a/b/c/cpu.max", "400000 100000\n");
  tree.write("sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
  CHECK(tree.cpus() == at_most(4));
  tree.write("sys/fs/cgroup/a/cpu.max", "50000 100000\n");
  CHECK(tree.cpus() == 1);
}

TEST_CASE("the quota of a sibling group does not count") {
  const Tree tree;
  tree.write("proc/self/cgroup", "0::/a/b\n");
  tree.write("sys/fs/cgroup/a/c/cpu.max", "100000 100000\n");
  tree.write("sys/fs/cgroup/a/b/c/cpu.max", "100000 100000\n");
  CHECK(tree.cpus() == affinity());
}

TEST_CASE("in a container the root of the mount is the group") {
  const Tree tree;
  tree.write("proc/self/cgroup", "0::/\n");
  tree.write("sys/fs/cgroup/cpu.max", "100000 100000\n");
  CHECK(tree.cpus() == 1);
  tree.write("proc/self/cgroup", "0::/host/path/of/the/container\n");
  CHECK(tree.cpus() == 1);
}

TEST_CASE("a v1 quota counts, alone or mounted with cpuacct") {
  for (const char* controllers : {"cpu", "cpu,cpuacct", "cpuacct,cpu"}) {
    INFO(controllers);
    const Tree tree;
    tree.write("proc/self/cgroup",
               "3:cpuset:/\n2:" + std::string(controllers) + ":/docker/x\n1:name=systemd:/\n");
    write_v1(tree, "/docker/x", "150000\n", "100000\n");
    CHECK(tree.cpus() == at_most(2));
    write_v1(tree, "/docker", "20000\n", "100000\n");
    CHECK(tree.cpus() == 1);
  }
}

TEST_CASE("v1 controllers with a similar name do not count") {
  const Tree tree;
  tree.write("proc/self/cgroup", "3:cpuset:/x\n2:cpuacct:/x\n1:name=cpu:/x\n");
  write_v1(tree, "/x", "100000\n", "100000\n");
  CHECK(tree.cpus() == affinity());
}

TEST_CASE("a v1 quota of -1 is none") {
  const Tree tree;
  tree.write("proc/self/cgroup", "1:cpu:/\n");
  write_v1(tree, "", "-1\n", "100000\n");
  CHECK(tree.cpus() == affinity());
}

TEST_CASE("v1 and v2 side by side: the least counts") {
  const Tree tree;
  tree.write("proc/self/cgroup", "1:cpu:/x\n0::/y\n");
  write_v1(tree, "/x", "100000\n", "100000\n");
  tree.write("sys/fs/cgroup/y/cpu.max", "800000 100000\n");
  CHECK(tree.cpus() == 1);
}

TEST_CASE("a quota that makes no sense is none") {
  for (const char* text :
       {"", "\n", "100000", "100000\n", "100000 ", "100000 1000", "100000 0\n", "0 100000\n",
        "-1 100000\n", "+1 100000\n", " 1 100000\n", "1,0 100000\n", "x 100000\n", "100000 x\n",
        "0x10 100000\n", "1 99999999999999999999\n", "99999999999999999999 1\n"}) {
    INFO(text);
    CHECK(with_cpu_max(text) == affinity());
  }
  CHECK(with_cpu_max(std::string(64, '\0')) == affinity());
  CHECK(with_cpu_max(std::string(20000, '1')) == affinity());
}

TEST_CASE("a cgroup file that makes no sense sets no limit") {
  std::vector<std::string> texts = {"",         "\n",           ":\n",      "::\n",    "0::\n",
                                    "0::app\n", "0::/../app\n", "0:/app\n", "0::/app", "garbage\n"};
  texts.push_back("0::/" + std::string(5000, 'a') + "\n");
  for (const std::string& odd : {std::string(100, '\0'), std::string(20000, ':')})
    texts.push_back(odd);
  for (const std::string& text : texts) {
    INFO(text);
    const Tree tree;
    tree.write("proc/self/cgroup", text);
    tree.write("sys/fs/cgroup/app/cpu.max", "100000 100000\n");
    CHECK(tree.cpus() == affinity());
  }
}

TEST_CASE("a directory in place of a file sets no limit") {
  const Tree tree;
  tree.write("proc/self/cgroup", "0::/app\n");
  tree.write("sys/fs/cgroup/app/cpu.max/file", "");
  CHECK(tree.cpus() == affinity());
}
