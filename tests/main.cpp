// SPDX-License-Identifier: MIT
// The main of all test programs, in a file of its own because it is slow to compile.
#define CATCH_CONFIG_RUNNER
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "support/catch.hpp"

namespace {

// The pattern for all but the tests of the program that a list names, one on a line: <room>/<name>.
std::string all_but(std::ifstream list, std::string room) {
  room = room.substr(room.rfind('/') + 1);
  room.resize(room.rfind("_test"));
  std::string pattern;
  for (std::string line; std::getline(list, line);) {
    if (line.rfind(room + "/", 0) != 0) continue;
    std::string name;
    for (const char c : line.substr(room.size() + 1))
      name += (c == ',' || c == '\\' || c == '"' ? "\\" : "") + std::string(1, c);
    pattern += "~\"" + name + "\"~\"" + name + " - *\"";  // and a template's
  }
  return pattern;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> args(argv, argv + argc);
  // taker/CMakeLists.txt gives the list, and the pattern of what runs as the last argument
  if (const char* const list = std::getenv("TPOOL_TEST_TAKER"); list && argc > 1)
    args.back() += all_but(std::ifstream(list), args.front());
  std::vector<const char*> given;
  for (const std::string& arg : args) given.push_back(arg.c_str());
  return Catch::Session().run(argc, given.data());
}
