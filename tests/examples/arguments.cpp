// SPDX-License-Identifier: MIT
// starmap: each item is a tuple of all the arguments of one call. What functools.partial does in
// Python: a lambda sets the argument that is the same for all.
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
  const std::string png = "https://example.com/birthday.png",
                    capture = "https://example.com/Capture.png";
  const Names expected = {"birthday.png", "Capture.png"};
  tp::ThreadPool pool(2);

  const double start = now_tenths();
  const std::vector<std::tuple<std::string, int>> own = {{png, 4}, {capture, 10}};
  CHECK(pool.starmap(download_file, own) == expected);
  CHECK(now_tenths() - start >= 10);

  auto download = [](const std::string& url) { return download_file(url, 5); };
  const double middle = now_tenths();
  CHECK(pool.map(download, Names{png, capture}) == expected);
  CHECK(now_tenths() - middle >= 5);
}
