// SPDX-License-Identifier: MIT
// Functions and constants are found again by name; what other ranks don't have has none.
#include "cluster/identity.h"

#include <dlfcn.h>
#include <link.h>

#include <cstdlib>
#include <memory>

#include "support/catch.hpp"

using tp::cluster::Identity;
using tp::cluster::Name;
using tp::cluster::Sort;

namespace {

int function(int x) { return x + 1; }
template <class T>
T instance(T x) {
  return x;
}
const int kTable[] = {1, 2, 3};
int variable = 1;
int (*const kPointers[])(int) = {function};  // constant after relocation

const void* of(int (*fn)(int)) { return reinterpret_cast<const void*>(fn); }

}  // namespace

TEST_CASE("A name leads back to its function or constant") {
  Identity& here = Identity::here();
  const auto finds = [&](const void* at, Sort sort) {
    Name name;
    std::string why;
    return here.name(at, sort, name) && here.find(name, sort, why) == at && !name.is_null();
  };
  CHECK(finds(of(function), Sort::code));
  CHECK(finds(of(instance<int>), Sort::code));
  CHECK(finds(of(+[](int x) { return x; }), Sort::code));
  CHECK(finds(of(std::abs), Sort::code));
  CHECK(finds(kTable + 1, Sort::constant));
  CHECK(finds(kPointers, Sort::constant));
  CHECK(finds("text", Sort::constant));
}

TEST_CASE("Variables, the heap and the stack have no name, and data is no code") {
  Identity& here = Identity::here();
  Name name;
  int local = 0;
  const auto heap = std::make_unique<int>(3);
  for (const void* const at :
       {static_cast<const void*>(&variable), static_cast<const void*>(&local),
        static_cast<const void*>(heap.get())}) {
    CHECK(!here.name(at, Sort::constant, name));
    CHECK(!here.name(at, Sort::code, name));
  }
  CHECK(!here.name(kTable, Sort::code, name));
}

TEST_CASE(
    "A name of another object, or of no code in it, is found nowhere, and the reason says so") {
  Identity& here = Identity::here();
  Name name;
  std::string why;
  REQUIRE(here.name(of(function), Sort::code, name));
  Name other = name;
  ++other.object[0];
  CHECK(here.find(other, Sort::code, why) == nullptr);
  CHECK(why.rfind("no object with the build id", 0) == 0);
  other = name;
  other.offset = UINT64_MAX / 2;
  CHECK(here.find(other, Sort::code, why) == nullptr);
  CHECK(why.rfind("no function or constant is there", 0) == 0);
  REQUIRE(here.name(kTable, Sort::constant, name));
  CHECK(here.find(name, Sort::code, why) == nullptr);
}

TEST_CASE("What was unloaded has no name, and what is loaded there next has its own") {
  Identity& here = Identity::here();
  for (const char* const path : {"libanl.so.1", "libutil.so.1", "libanl.so.1"}) {
    void* const library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library) return;  // not glibc
    const void* const constant = static_cast<const link_map*>(library)->l_ld;
    Name name;
    std::string why;
    CHECK(here.name(constant, Sort::constant, name));
    CHECK(here.find(name, Sort::constant, why) == constant);
    dlclose(library);
    Name none;
    CHECK(!here.name(constant, Sort::constant, none));
    CHECK(here.find(name, Sort::constant, why) == nullptr);
  }
}
