// SPDX-License-Identifier: MIT
// SHA-256 of every regular file under the given folders, hashed by a pool of threads, printed as
// sha256sum prints it and sorted by path.
//
// Shows imap_unordered over what is no list, its progress on a terminal, and errors of single items.
//
// c++ checksum.cpp $(pkg-config --cflags --libs tpool libcrypto)
#include <openssl/evp.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <tpool/progress.hpp>
#include <tpool/tpool.hpp>
#include <utility>
#include <vector>

namespace fs = std::filesystem;

struct Checksum {
  std::string path;
  std::uint64_t bytes = 0;
  std::array<unsigned char, 32> sum{};
  std::error_code error{};  // and not thrown, because that would leave the loop over all
};

// The regular files under the roots, found one by one as the pool asks for them. What can't be
// entered or looked at is taken for a file: reading it tells why.
class Walk {
 public:
  explicit Walk(std::vector<fs::path> roots) : roots_(std::move(roots)) {}

  // What a range-for asks of a range.
  struct End {};
  struct Iterator {
    Walk* walk;
    const fs::path& operator*() const { return *walk->file_; }
    void operator++() { walk->file_ = walk->next(); }
    bool operator!=(End) const { return walk->file_.has_value(); }
  };
  Iterator begin() {
    file_ = next();
    return {this};
  }
  End end() const { return {}; }

 private:
  std::optional<fs::path> next() {
    while (true) {
      if (folders_.empty()) {
        if (next_root_ == roots_.size()) return std::nullopt;
        const fs::path& root = roots_[next_root_++];
        std::error_code error;
        if (!fs::is_directory(root, error) || !enter(root)) return root;
      } else if (folders_.back() == fs::directory_iterator()) {
        folders_.pop_back();
      } else if (std::optional<fs::path> file = next_entry()) {
        return file;
      }
    }
  }

  bool enter(const fs::path& folder) {
    std::error_code error;
    fs::directory_iterator entries(folder, error);
    if (!error) folders_.push_back(std::move(entries));
    return !error;
  }

  // Steps over one entry; returns it if it is a file.
  std::optional<fs::path> next_entry() {
    const fs::directory_entry entry = *folders_.back()++;
    std::error_code error;
    const fs::file_type type = entry.symlink_status(error).type();
    if (error || type == fs::file_type::regular) return entry.path();
    if (type == fs::file_type::directory && !enter(entry.path())) return entry.path();
    return std::nullopt;
  }

  std::vector<fs::path> roots_;
  std::size_t next_root_ = 0;
  std::vector<fs::directory_iterator> folders_;  // from the root down to the one being read
  std::optional<fs::path> file_;
};

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

struct FreeDigest {
  void operator()(EVP_MD_CTX* digest) const { EVP_MD_CTX_free(digest); }
};

// What one worker hashes with, so that no file has to set it up.
class Hasher {
 public:
  Checksum hash(const std::string& path) {
    Checksum checksum{path};
    if (const int error = fill(checksum)) checksum.error.assign(error, std::generic_category());
    return checksum;
  }

 private:
  // Returns the errno.
  int fill(Checksum& checksum) {
    std::unique_ptr<std::FILE, CloseFile> file(std::fopen(checksum.path.c_str(), "rbe"));
    if (!file) return errno;
    std::setvbuf(file.get(), nullptr, _IONBF, 0);
    if (!EVP_DigestInit_ex(digest_.get(), EVP_sha256(), nullptr)) return ENOTSUP;
    while (const std::size_t got = std::fread(buffer_.data(), 1, buffer_.size(), file.get())) {
      if (!EVP_DigestUpdate(digest_.get(), buffer_.data(), got)) return EIO;
      checksum.bytes += got;
    }
    if (std::ferror(file.get())) return errno;
    return EVP_DigestFinal_ex(digest_.get(), checksum.sum.data(), nullptr) ? 0 : EIO;
  }

  std::unique_ptr<EVP_MD_CTX, FreeDigest> digest_{EVP_MD_CTX_new()};
  std::vector<unsigned char> buffer_ = std::vector<unsigned char>(128 * 1024);
};

Checksum hash_file(const fs::path& path) {
  thread_local Hasher hasher;
  return hasher.hash(path);
}

// As sha256sum: a line starts with a backslash when its path has something to escape.
void print(const Checksum& checksum) {
  const std::string special = "\\\n\r";
  std::string path;
  for (char c : checksum.path) {
    if (special.find(c) != std::string::npos) path += '\\';
    path += c == '\n' ? 'n' : c == '\r' ? 'r' : c;
  }
  if (path != checksum.path) std::putchar('\\');
  for (unsigned char byte : checksum.sum) std::printf("%02x", byte);
  std::printf("  %s\n", path.c_str());
}

std::string counted(std::uintmax_t n, const std::string& what) {
  return std::to_string(n) + " " + what + (n == 1 ? "" : "s");
}

// What has come in, and how long it took.
class Report {
 public:
  void add(Checksum checksum) {
    if (checksum.error) {
      errors_.push_back(checksum.path + ": " + checksum.error.message());
    } else {
      bytes_ += checksum.bytes;
      checksums_.push_back(std::move(checksum));
    }
  }

  // Returns the exit status.
  int finish() {
    const double took = std::chrono::duration<double>(Clock::now() - start_).count();
    std::sort(checksums_.begin(), checksums_.end(),
              [](const Checksum& a, const Checksum& b) { return a.path < b.path; });
    for (const Checksum& checksum : checksums_) print(checksum);
    if (std::fflush(stdout) != 0 || std::ferror(stdout)) {
      errors_.push_back("stdout: " + std::generic_category().message(errno));
    }
    for (const std::string& error : errors_) std::fprintf(stderr, "checksum: %s\n", error.c_str());
    std::fprintf(stderr, "%s, %s in %.3f s, %.1f MB/s, %s\n",
                 counted(checksums_.size(), "file").c_str(), counted(bytes_, "byte").c_str(), took,
                 1e-6 * static_cast<double>(bytes_) / took,
                 counted(errors_.size(), "error").c_str());
    return errors_.empty() ? EXIT_SUCCESS : EXIT_FAILURE;
  }

 private:
  using Clock = std::chrono::steady_clock;

  const Clock::time_point start_ = Clock::now();
  std::vector<Checksum> checksums_;
  std::uintmax_t bytes_ = 0;
  std::vector<std::string> errors_;
};

struct Arguments {
  std::size_t workers = 0;  // one for each CPU
  std::vector<fs::path> roots;
};

std::optional<Arguments> parse(int argc, char** argv) {
  Arguments arguments;
  for (int option; (option = getopt(argc, argv, "j:")) != -1;) {
    char* end;
    if (option != 'j') return std::nullopt;
    arguments.workers = std::strtoul(optarg, &end, 10);
    if (*end != '\0' || arguments.workers < 1 || arguments.workers > 4096) return std::nullopt;
  }
  arguments.roots.assign(argv + optind, argv + argc);
  if (arguments.roots.empty()) arguments.roots = {"/usr/include"};
  return arguments;
}

int main(int argc, char** argv) try {
  const std::optional<Arguments> arguments = parse(argc, argv);
  if (!arguments) {
    std::fputs("usage: checksum [-j WORKERS] [FOLDER or FILE]..., WORKERS from 1 to 4096\n",
               stderr);
    return 2;
  }

  Report report;
  tp::pool_options options;
  options.workers = arguments->workers;
  tp::ThreadPool pool(options);
  for (Checksum& checksum : tp::progress(pool.imap_unordered(hash_file, Walk(arguments->roots)))) {
    report.add(std::move(checksum));
  }
  return report.finish();
} catch (const std::exception& error) {
  std::fprintf(stderr, "checksum: %s\n", error.what());
  return 2;
}
