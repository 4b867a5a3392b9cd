// SPDX-License-Identifier: MIT
// map_async with a callback: the results are handed over when all are there, while the program does
// something else. A failure goes to the error callback instead.
#include "check.h"

#include <stdexcept>
#include <string>
#include <tpool/tpool.hpp>
#include <vector>

using Names = std::vector<std::string>;

// Stands for a download: takes a while, and returns the name of the file.
std::string download(const std::string& url) {
  sleep_tenths(5);
  if (url.rfind("https://", 0) != 0) throw std::invalid_argument("not a web address");
  return "/home/me/" + url.substr(url.rfind('/') + 1);
}

std::string message_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& exception) {
    return exception.what();
  }
}

int main() {
  const Names good = {"https://example.com/birthday.png", "https://example.com/Capture.png"};
  const Names bad = {"https://example.com/birthday.png", "gopher:Capture.png"};
  Names files;
  std::string error;
  tp::ThreadPool pool(2);

  const auto options =
      tp::make_options([&](const Names& names) { files = names; },
                       [&](std::exception_ptr reason) { error = message_of(reason); });
  pool.map_async(download, good, options);
  pool.map_async(download, bad, options);
  std::printf("something else\n");
  pool.wait_idle();

  pool.terminate();
  pool.close();
  std::printf("%s, %s\nfailed: %s\n", files[0].c_str(), files[1].c_str(), error.c_str());
  CHECK(files == Names{"/home/me/birthday.png", "/home/me/Capture.png"});
  CHECK(error == "not a web address");
}
