// SPDX-License-Identifier: MIT
// The file of a trace: what a name may be, what the system refuses, and how much is kept.
#include <fcntl.h>
#include <sys/stat.h>

#include "trace/log.h"
#include "trace/traced.hpp"

using namespace support;
using traced::File;
using traced::Path;

static void run_named(tp_pool_t* pool, const char* name) {
  Step task([] {});
  Job job;
  job.name = name;
  Result result = apply_async(pool, task, &job);
  REQUIRE(result.wait() == TP_OK);
}

static std::size_t open_files() {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
    count += entry.exists() || true;
  return count;
}

TEST_CASE("Any bytes may be a name") {
  const char* const names[][2] = {
      {"\"quoted\" \\ back", "\"quoted\" \\ back"},
      {"line\nbreak\ttab\x01\x7f", "line\nbreak\ttab\x01\x7f"},
      {"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80",
       "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80"},
      {"\xff", "\\ufffd"},
      {"cut \xe2\x82", "cut \\ufffd\\ufffd"},
      {"long \xc0\xaf", "long \\ufffd\\ufffd"},
      {"half \xed\xa0\x80", "half \\ufffd\\ufffd\\ufffd"},
      {"high \xf4\x90\x80\x80", "high \\ufffd\\ufffd\\ufffd\\ufffd"},
      {"%s%n", "%s%n"},
      {"", ""},
  };
  const Path path;
  for (const auto& name : names) {
    Pool pool(1);
    traced::start(pool, path);
    run_named(pool, name[0]);
    const File file = traced::stop(pool, path);
    REQUIRE(file.count("task") == 1);
    CHECK(file.of("task")[0].name == name[1]);
  }
}

TEST_CASE("A name may be long, and the pool's name anything, too") {
  const Path path;
  const std::string name(100'000, 'x');
  tp_pool_options_t options = pool_options(1);
  options.name = "a\"\xff";
  Pool pool(options);
  traced::start(pool, path);
  run_named(pool, name.c_str());
  const File file = traced::stop(pool, path);
  CHECK(file.of("task")[0].name == name);
  CHECK(file.process() == "a\"\\ufffd");
}

TEST_CASE("A file that cannot be opened is refused, and errno says why") {
  Pool pool(1);
  errno = 0;
  CHECK(tp_pool_trace_start(pool, "/no/such/folder/file") == TP_EINVAL);
  CHECK(errno == ENOENT);
  CHECK(tp_pool_trace_start(pool, "/proc") == TP_EINVAL);
  CHECK(errno == EISDIR);
  CHECK(tp_pool_trace_start(pool, "") == TP_EINVAL);
  CHECK(tp_pool_trace_stop(pool) == TP_OK);
}

TEST_CASE("A second trace is refused until the first has ended") {
  const Path path, other;
  Pool pool(1);
  traced::start(pool, path);
  CHECK(tp_pool_trace_start(pool, other) == TP_EINVAL);
  CHECK(other.content() == "");
  run_named(pool, "first");
  CHECK(traced::stop(pool, path).count("task") == 1);
  CHECK(tp_pool_trace_stop(pool) == TP_OK);
  traced::start(pool, other);
  run_named(pool, "second");
  run_named(pool, "third");
  const File file = traced::stop(pool, other);
  CHECK(file.count("task") == 2);
  CHECK(file.of("task")[0].name == "second");
  CHECK(File(path).count("task") == 1);
}

TEST_CASE("A full disk is told, and the next trace works") {
  if (access("/dev/full", W_OK) != 0) {
    WARN("no /dev/full");
    return;
  }
  const Path path;
  Pool pool(1);
  REQUIRE(tp_pool_trace_start(pool, "/dev/full") == TP_OK);
  run_named(pool, nullptr);
  errno = 0;
  CHECK(tp_pool_trace_stop(pool) == TP_EAGAIN);
  CHECK(errno == ENOSPC);
  traced::start(pool, path);
  run_named(pool, nullptr);
  CHECK(traced::stop(pool, path).count("task") == 1);
  REQUIRE(tp_pool_trace_start(pool, "/dev/full") == TP_OK);
  errno = 4321;
  pool.finish();  // nobody is told
  CHECK(errno == 4321);
}

TEST_CASE("An existing file is emptied, and no descriptor is left") {
  const Path path;
  const std::size_t before = open_files();
  std::ofstream(path) << std::string(100'000, '?');
  {
    Pool pool(1);
    errno = 4321;
    traced::start(pool, path);
    CHECK(errno == 4321);
    int flags = -1;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
      if (std::filesystem::read_symlink(entry) == std::string(path))
        flags = fcntl(std::stoi(entry.path().filename()), F_GETFD);
    CHECK(flags == FD_CLOEXEC);
    CHECK(traced::stop(pool, path).events().empty());
    traced::start(pool, path);
  }
  CHECK(open_files() == before);
}

TEST_CASE("A trace keeps so many events a thread and counts the others") {
  using tp::core::Event;
  tp::core::Log log;
  const Event event{};
  for (std::size_t i = 0; i < tp::core::Log::kMost; ++i) log.keep(event);
  CHECK(log.count() == 1'000'000);
  CHECK(log.lost() == 0);
  Event named{};
  named.point = tp::core::Point::submit;
  named.name = strdup("freed, not kept");
  log.keep(named);
  log.keep(event);
  CHECK(log.count() == 1'000'000);
  CHECK(log.lost() == 2);
  std::size_t seen = 0;
  log.each([&](const Event&) { ++seen; });
  CHECK(seen == 1'000'000);
  log.clear();
  CHECK(log.count() + log.lost() == 0);
}

TEST_CASE("The file tells how many events were too many") {
  if (kSanitized) {
    WARN("too slow under a sanitizer");
    return;
  }
  Step task([] {});
  Pool pool(1);
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  std::string head;
  std::thread reader([&] {  // of 100 MB that nobody needs on a disk
    char bytes[65536];
    for (ssize_t n; (n = read(ends[0], bytes, sizeof bytes)) > 0;)
      if (head.size() < 200) head.append(bytes, static_cast<std::size_t>(n));
  });
  const std::string path = "/proc/self/fd/" + std::to_string(ends[1]);
  REQUIRE(tp_pool_trace_start(pool, path.c_str()) == TP_OK);
  close(ends[1]);
  apply_times(pool, task, 1'000'100);
  REQUIRE(tp_pool_wait_idle(pool, kLong) == TP_OK);
  CHECK(tp_pool_trace_stop(pool) == TP_OK);
  reader.join();
  close(ends[0]);
  const std::size_t at = head.find("\"lost_events\":");
  REQUIRE(at != std::string::npos);
  CHECK(std::stoi(head.substr(at + 14)) >= 100);  // sleeps are events, too
}

TEST_CASE("A forked child can neither end nor start a trace") {
  if (kThreadSanitizer) {
    WARN("no fork of threads under ThreadSanitizer");
    return;
  }
  const Path path;
  Pool pool(1);
  traced::start(pool, path);
  run_named(pool, nullptr);
  tp_pool_t* const inherited = pool;
  CHECK(in_child([&] {
          const bool refused = tp_pool_trace_stop(inherited) == TP_EFORKED &&
                               tp_pool_trace_start(inherited, path) == TP_EFORKED;
          tp_pool_destroy(inherited);
          return refused ? 0 : 1;
        }) == 0);
  CHECK(path.content() == "");
  CHECK(traced::stop(pool, path).count("task") == 1);
}
