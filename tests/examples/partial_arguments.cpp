// SPDX-License-Identifier: MIT
// What functools.partial does in Python: a lambda sets the argument that is the same for all.
#include "check.h"

#include <string>
#include <tpool/tpool.hpp>
#include <vector>

using Names = std::vector<std::string>;

std::string download_file(const std::string& url, int wait_time) {
  sleep_tenths(wait_time);
  return url.substr(url.rfind('/') + 1);  // stands for a download
}

int main() {
  tp::ThreadPool pool(2);
  const Names urls = {"https://example.com/birthday.png", "https://example.com/Capture.png"};
  auto download = [](const std::string& url) { return download_file(url, 5); };

  const double start = now_tenths();
  const Names files = pool.map(download, urls);
  CHECK(now_tenths() - start >= 5);
  std::printf("%s, %s\n", files[0].c_str(), files[1].c_str());
  CHECK(files == Names{"birthday.png", "Capture.png"});
}
