// SPDX-License-Identifier: MIT
// tp_grep [-j WORKERS] PATTERN DIRECTORY: counts the matching lines of each file in a tree, as
// LC_ALL=C grep -rcI prints them, but sorted by path. A binary file, which is one with a NUL byte,
// counts 0; links and devices inside of the tree are passed over.
//
// Shows imap over what is no list: the walk reads folders only as far as the pool asks for files,
// counts come in its order while it goes on, and no more than the window is in memory. A file that
// can't be read is an exception in place of its count, and the stream goes on.
//
// c++ tp_grep.cpp $(pkg-config --cflags --libs tpool)
#include <regex.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <tpool/tpool.hpp>
#include <utility>
#include <vector>

namespace fs = std::filesystem;

// The files of a tree in the order of their paths. A folder's path ends in a slash, so that it is
// sorted as what is in it will be. One that can't be read is taken for a file: opening it tells why.
class Walk {
 public:
  explicit Walk(const std::string& root) {
    std::error_code unknown;  // then opening it tells why
    const fs::file_status status = fs::status(root, unknown);
    if (!unknown && fs::is_other(status)) {  // a pipe would be waited for
      throw std::invalid_argument(root + ": neither a file nor a directory");
    }
    add(root, fs::is_directory(status));
  }

  // What a range-for asks of a range.
  struct End {};
  struct Iterator {
    Walk* walk;
    const std::string& operator*() const { return *walk->file_; }
    void operator++() { walk->step(); }
    bool operator!=(End) const { return walk->file_.has_value(); }
  };
  Iterator begin() {
    step();
    return {this};
  }
  End end() const { return {}; }

 private:
  void step() {
    do {
      file_.reset();
      if (todo_.empty()) return;
      file_ = std::move(todo_.back());
      todo_.pop_back();
    } while (!file_->empty() && file_->back() == '/' && enter(*file_));
  }

  bool enter(const std::string& folder) {
    const std::size_t before = todo_.size();
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; entry != end; entry.increment(error)) {
      std::error_code unknown;  // then opening it tells why
      if (entry->is_symlink(unknown)) continue;
      const bool is_folder = entry->is_directory(unknown);
      if (is_folder || entry->is_regular_file(unknown) || unknown) add(entry->path(), is_folder);
    }
    std::sort(todo_.begin() + static_cast<std::ptrdiff_t>(before), todo_.end(), std::greater<>());
    return !error;
  }

  void add(std::string path, bool is_folder) {
    if (is_folder && path.back() != '/') path += '/';
    todo_.push_back(std::move(path));
  }

  std::vector<std::string> todo_;  // the next one last
  std::optional<std::string> file_;
};

[[noreturn]] void fail(const std::string& path) {
  throw std::system_error(errno, std::generic_category(), path);
}

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

struct Count {
  std::string path;
  std::uintmax_t lines = 0;
};

// What one worker searches with: regexec locks its regex, so all with one would take turns.
class Matcher {
 public:
  explicit Matcher(const char* pattern) {
    if (const int error = regcomp(&regex_, pattern, REG_NOSUB)) {
      char message[200];
      regerror(error, &regex_, message, sizeof message);
      throw std::invalid_argument(message);
    }
  }
  ~Matcher() {
    regfree(&regex_);
    std::free(line_);
  }
  Matcher(const Matcher&) = delete;
  Matcher& operator=(const Matcher&) = delete;

  Count count(const std::string& path) {
    const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "rbe"));
    if (!file) fail(path);
    Count count{path};
    for (ssize_t length; (length = getline(&line_, &capacity_, file.get())) >= 0;) {
      if (std::memchr(line_, '\0', static_cast<std::size_t>(length))) return {path};
      if (line_[length - 1] == '\n') line_[length - 1] = '\0';
      if (regexec(&regex_, line_, 0, nullptr, 0) == 0) ++count.lines;
    }
    if (!std::feof(file.get())) fail(path);
    return count;
  }

 private:
  regex_t regex_;
  char* line_ = nullptr;
  std::size_t capacity_ = 0;
};

// Prints the counts as they come. Returns the exit status, which is grep's.
int report(const tp::ImapIterator<Count>& counts) {
  std::uintmax_t lines = 0, files = 0;
  bool failed = false;
  for (bool more = true; more;) {
    try {
      const std::optional<Count> count = counts.next();
      more = count.has_value();
      if (!more) break;
      std::printf("%s:%ju\n", count->path.c_str(), count->lines);
      lines += count->lines;
      ++files;
    } catch (const std::exception& error) {  // of one file
      std::fprintf(stderr, "tp_grep: %s\n", error.what());
      failed = true;
    }
  }
  if (std::fflush(stdout) != 0 || std::ferror(stdout)) fail("stdout");
  std::fprintf(stderr, "%ju line%s in %ju file%s\n", lines, lines == 1 ? "" : "s", files,
               files == 1 ? "" : "s");
  return failed ? 2 : lines == 0 ? 1 : 0;
}

int main(int argc, char** argv) try {
  tp::pool_options options;
  bool usable = true;
  for (int option; (option = getopt(argc, argv, "j:")) != -1;) {
    char* end = nullptr;
    if (option == 'j') options.workers = std::strtoul(optarg, &end, 10);
    usable =
        usable && end != nullptr && *end == '\0' && options.workers >= 1 && options.workers <= 4096;
  }
  if (!usable || argc - optind != 2) {
    std::fputs("usage: tp_grep [-j WORKERS] PATTERN DIRECTORY, WORKERS from 1 to 4096\n", stderr);
    return 2;
  }

  std::deque<Matcher> matchers;  // before the pool, because they have to outlive its workers
  tp::ThreadPool pool(options);
  while (matchers.size() < pool.workers()) matchers.emplace_back(argv[optind]);
  const auto count = [&matchers](const std::string& path) {
    return matchers[static_cast<std::size_t>(tp_worker_index())].count(path);
  };
  return report(pool.imap(count, Walk(argv[optind + 1])));
} catch (const std::exception& error) {
  std::fprintf(stderr, "tp_grep: %s\n", error.what());
  return 2;
}
