// SPDX-License-Identifier: MIT
// The main of all test programs, in a file of its own because it is slow to compile.
#define CATCH_CONFIG_RUNNER
#include "support/catch.hpp"

int main(int argc, char** argv) { return Catch::Session().run(argc, argv); }
