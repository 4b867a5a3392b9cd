// SPDX-License-Identifier: MIT
// starmap: each item is a tuple of all the arguments of one call.
#include "check.h"

#include <string>
#include <tpool/tpool.hpp>
#include <tuple>
#include <vector>

using Names = std::vector<std::string>;

std::string download_file(const std::string& url, int wait_time) {
  sleep_tenths(wait_time);
  return url.substr(url.rfind('/') + 1);  // stands for a download
}

int main() {
  tp::ThreadPool pool(2);
  const std::vector<std::tuple<std::string, int>> urls = {{"https://example.com/birthday.png", 4},
                                                          {"https://example.com/Capture.png", 10}};

  const double start = now_tenths();
  const Names files = pool.starmap(download_file, urls);
  CHECK(now_tenths() - start >= 10);
  std::printf("%s, %s\n", files[0].c_str(), files[1].c_str());
  CHECK(files == Names{"birthday.png", "Capture.png"});
}
