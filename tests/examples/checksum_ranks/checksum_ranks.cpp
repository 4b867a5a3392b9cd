// SPDX-License-Identifier: MIT
// SHA-256 of every regular file under the given folders, hashed by all ranks of MPI, printed as sha256sum prints it and
// sorted by path. The ranks see the same files. Started plainly, one process does all of it.
//
// Shows a ClusterPool over a list, strings that cross between ranks, errors of single items, and a trace of it all.
//
// c++ -std=c++17 checksum_ranks.cpp $(pkg-config --cflags --libs tpool-cluster libcrypto)
// mpirun -n 4 ./a.out [--trace FILE] /usr/include
#include <openssl/evp.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <tpool/cluster.hpp>
#include <vector>

namespace {

// The line of one file. Runs in any rank.
std::string checksum(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(path + ": can't be read");
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> digest(EVP_MD_CTX_new(),
                                                                  EVP_MD_CTX_free);
  EVP_DigestInit_ex(digest.get(), EVP_sha256(), nullptr);
  std::vector<char> buffer(128 * 1024);
  while (file.read(buffer.data(), static_cast<std::streamsize>(buffer.size())), file.gcount() > 0)
    EVP_DigestUpdate(digest.get(), buffer.data(), static_cast<std::size_t>(file.gcount()));
  unsigned char sum[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_DigestFinal_ex(digest.get(), sum, &size);
  std::string line;
  for (unsigned i = 0; i < size; ++i) {
    char hex[3];
    std::snprintf(hex, sizeof hex, "%02x", sum[i]);
    line += hex;
  }
  return line + "  " + path;
}

std::vector<std::string> files_under(int count, char** folders) {
  std::vector<std::string> paths;
  for (int i = 0; i < count; ++i)
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folders[i]))
      if (entry.is_regular_file() && !entry.is_symlink()) paths.push_back(entry.path().string());
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace

int main(int argc, char** argv) {
  tp::ClusterPool pool;
  if (!pool) return 0;  // this rank has served
  const bool is_traced = argc > 2 && argv[1] == std::string("--trace");
  if (is_traced) pool.trace_start(argv[2]);  // the end of the pool writes it
  const int options = is_traced ? 3 : 1;
  tp::options<> named;
  named.name = "checksum";
  int errors = 0;
  auto lines = pool.imap(checksum, files_under(argc - options, argv + options), named);
  for (bool more = true; more;) try {
      while (const auto line = lines.next()) std::puts(line->c_str());
      more = false;
    } catch (const tp::RemoteError& error) {
      std::fprintf(stderr, "rank %d: %s\n", error.rank(), error.what());
      ++errors;
    }
  std::fprintf(stderr, "%zu ranks, %zu workers\n", pool.ranks(), pool.workers());
  return errors ? 1 : 0;
}
