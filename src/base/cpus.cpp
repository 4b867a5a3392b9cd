// SPDX-License-Identifier: MIT
// Reads the affinity mask and the CPU quotas of cgroup v1 and v2. Stage: base, used by all.
#include "base/cpus.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <climits>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <string_view>

namespace tp::core {
namespace {

using std::string_view;

constexpr std::size_t kNoLimit = SIZE_MAX;

// Holds /proc/self/cgroup, the largest file read here.
using Buffer = std::array<char, 2 * PATH_MAX>;

std::size_t affinity_cpus() noexcept {
  // The kernel refuses a mask that is too small for the machine, without saying how large it must be.
  for (int cpus = CPU_SETSIZE; cpus <= kMostCpus; cpus *= 2) {
    cpu_set_t* const mask = CPU_ALLOC(cpus);
    if (mask == nullptr) break;
    const std::size_t bytes = CPU_ALLOC_SIZE(cpus);
    const bool fits = sched_getaffinity(0, bytes, mask) == 0;
    const int count = fits ? CPU_COUNT_S(bytes, mask) : 0;
    CPU_FREE(mask);
    if (count > 0) return static_cast<std::size_t>(count);
  }
  const long online = sysconf(_SC_NPROCESSORS_ONLN);
  return online > 0 ? static_cast<std::size_t>(online) : 1;
}

// Reads the file whose path is the concatenation of parts; empty if there is none.
string_view read_file(std::initializer_list<string_view> parts, Buffer& buffer) noexcept {
  std::array<char, PATH_MAX> path{};
  std::size_t length = 0;
  for (const string_view part : parts) {
    if (part.size() >= path.size() - length) return {};
    length += part.copy(path.data() + length, part.size());
  }
  const int fd = open(path.data(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  std::size_t size = 0;
  for (ssize_t got = 1; got != 0 && size < buffer.size();) {
    got = read(fd, buffer.data() + size, buffer.size() - size);
    if (got > 0) size += static_cast<std::size_t>(got);
    if (got < 0 && errno != EINTR) break;
  }
  close(fd);
  return {buffer.data(), size};
}

// Takes a number and the character that must follow it off the text; 0 if they are not there.
std::uint64_t take_number(string_view& text, char end) noexcept {
  std::uint64_t number = 0;
  const char* const last = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), last, number);
  if (error != std::errc() || stop == last || *stop != end) return 0;
  text.remove_prefix(static_cast<std::size_t>(stop - text.data()) + 1);
  return number;
}

std::size_t quota_cpus(std::uint64_t quota, std::uint64_t period) noexcept {
  if (quota == 0 || period == 0) return kNoLimit;
  const std::uint64_t cpus = quota / period + (quota % period != 0 ? 1 : 0);
  return static_cast<std::size_t>(std::min<std::uint64_t>(cpus, kNoLimit));
}

std::size_t quota_v2(string_view root, string_view group) noexcept {
  Buffer buffer;
  string_view text = read_file({root, "/sys/fs/cgroup", group, "/cpu.max"}, buffer);
  const std::uint64_t quota = take_number(text, ' ');
  return quota_cpus(quota, take_number(text, '\n'));
}

std::size_t quota_v1(string_view root, string_view group) noexcept {
  const auto number_in = [&](string_view file) {
    Buffer buffer;
    string_view text = read_file({root, "/sys/fs/cgroup/cpu", group, file}, buffer);
    return take_number(text, '\n');
  };
  return quota_cpus(number_in("/cpu.cfs_quota_us"), number_in("/cpu.cfs_period_us"));
}

// The least quota of the group and all above it. In a container the path may be the host's and not exist
// here; then the root is the container's own group.
template <typename Quota>
std::size_t least_quota(string_view root, string_view group, Quota quota) noexcept {
  std::size_t least = quota(root, group);
  while (!group.empty()) {
    group = group.substr(0, group.rfind('/'));
    least = std::min(least, quota(root, group));
  }
  return least;
}

// Takes the text up to the first end, and that, off the text; all of it if there is no end.
string_view take_until(string_view& text, char end) noexcept {
  const string_view taken = text.substr(0, text.find(end));
  text.remove_prefix(std::min(taken.size() + 1, text.size()));
  return taken;
}

bool names_cpu(string_view controllers) noexcept {
  while (!controllers.empty())
    if (take_until(controllers, ',') == "cpu") return true;
  return false;
}

// A line of /proc/self/cgroup is hierarchy:controllers:path, and 0::path for v2.
std::size_t line_quota(string_view root, string_view line) noexcept {
  const bool is_v2 = line.starts_with("0::");
  take_until(line, ':');
  const string_view controllers = take_until(line, ':');
  // A group outside of the cgroup namespace is shown as /../name; it can't be reached from here.
  if (!line.starts_with('/') || line.starts_with("/..")) return kNoLimit;
  if (is_v2) return least_quota(root, line, quota_v2);
  return names_cpu(controllers) ? least_quota(root, line, quota_v1) : kNoLimit;
}

std::size_t cgroup_cpus(string_view root) noexcept {
  Buffer buffer;
  string_view text = read_file({root, "/proc/self/cgroup"}, buffer);
  text = text.substr(0, text.rfind('\n') + 1);  // without a line that was cut
  std::size_t least = kNoLimit;
  while (!text.empty()) least = std::min(least, line_quota(root, take_until(text, '\n')));
  return least;
}

}  // namespace

std::size_t usable_cpus(const char* root) noexcept {
  return std::min(affinity_cpus(), cgroup_cpus(root));
}

std::size_t roughly_usable_cpus() noexcept {
  static std::atomic<std::size_t> quota{0};
  if (quota.load() == 0) quota.store(cgroup_cpus(""));
  return std::min(affinity_cpus(), quota.load());
}

}  // namespace tp::core
