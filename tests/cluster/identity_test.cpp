// SPDX-License-Identifier: MIT
// Functions and constants are found again by name; what other ranks don't have has none.
#include "cluster/identity.h"

#include <dlfcn.h>
#include <link.h>

#include "cluster/plugin.hpp"
#include "support/scratch.hpp"
#include "support/test.hpp"

using namespace support;
using tp::cluster::Identity;
using tp::cluster::Name;
using tp::cluster::Place;
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

// The place of the plugin's task in a copy of the file, which is not loaded.
struct Unloaded {
  explicit Unloaded(const char* from) {
    std::filesystem::copy_file(from, path);
    void* const library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    REQUIRE(library);
    place = Identity::here().place(dlsym(library, "plugin_task"), Sort::code);
    dlclose(library);
    place.rank = 3;
  }
  tp_task_fn find(std::string& why) const {
    const void* const at = Identity::here().find(place, Sort::code, why);
    return reinterpret_cast<tp_task_fn>(const_cast<void*>(at));
  }
  Scratch folder;
  const std::string path = folder / "plugin";
  Place place;
};

// Constructors of plugins wait there.
Gate* before_construction = nullptr;
void construct() { before_construction->wait(); }
struct Constructs {
  Constructs() {
    char hook[32];
    std::snprintf(hook, sizeof hook, "%p", reinterpret_cast<void*>(construct));
    setenv("PLUGIN_HOOK", hook, 1);
    before_construction = &gate;
  }
  ~Constructs() { unsetenv("PLUGIN_HOOK"); }
  Gate gate;
};

}  // namespace

TEST_CASE("A name leads back to its function or constant") {
  Identity& here = Identity::here();
  const auto finds = [&](const void* at, Sort sort) {
    Name name;
    std::string why;
    return here.name(at, sort, name) && here.find({name, {}}, sort, why) == at && !name.is_null();
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
  CHECK(here.find({other, {}}, Sort::code, why) == nullptr);
  CHECK(why.rfind("no object with the build id", 0) == 0);
  other = name;
  other.offset = UINT64_MAX / 2;
  CHECK(here.find({other, {}}, Sort::code, why) == nullptr);
  CHECK(why.rfind("no function or constant is there", 0) == 0);
  REQUIRE(here.name(kTable, Sort::constant, name));
  CHECK(here.find({name, {}}, Sort::code, why) == nullptr);
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
    CHECK(here.find({name, {}}, Sort::constant, why) == constant);
    dlclose(library);
    Name none;
    CHECK(!here.name(constant, Sort::constant, none));
    CHECK(here.find({name, {}}, Sort::constant, why) == nullptr);
  }
}

TEST_CASE("Threads that find an object use it when it is loaded and constructed, which is once") {
  if (kThreadSanitizer) return;  // it does not see the locks of dlopen
  const Unloaded plugin(GENERATE(PLUGIN, PLUGIN_WITHOUT_ID));
  CHECK(plugin.place.path == plugin.path);
  Constructs constructs;
  Arrivals begun;
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      begun.arrive();
      std::string why;
      const tp_task_fn task = plugin.find(why);
      Seen seen{};
      const int item = 2;
      if (task) task(nullptr, &item, &seen);
      right += seen.value >= 14 && seen.constructed == 1;
    });
  begun.wait(4);
  constructs.gate.await(1);
  constructs.gate.open();
  for (std::thread& thread : threads) thread.join();
  CHECK(right == 4);
  CHECK(constructs.gate.count() == 1);
  std::filesystem::remove(plugin.path);
  std::string why;
  CHECK(plugin.find(why));  // it stays loaded
}

TEST_CASE("A file that is not the object is not loaded, and the reason names it and the rank") {
  Unloaded plugin(PLUGIN_OTHER);
  Constructs constructs;
  constructs.gate.open();
  const auto says = [&](const char* part) {
    std::string why;
    return !plugin.find(why) && why.rfind("rank 3 can't load " + plugin.path + ": ", 0) == 0 &&
           why.find(part) != std::string::npos && plugin.find(why) == nullptr;
  };
  std::filesystem::remove(plugin.path);
  CHECK(says("no library"));
  std::filesystem::copy_file(PLUGIN, plugin.path);
  plugin.place.path.insert(0, 1, '/');  // a path that was tried before is not tried again
  std::string why;
  CHECK(!plugin.find(why));
  CHECK(why.find("the file there is not the one that rank 0 has loaded") != std::string::npos);
  CHECK(constructs.gate.count() == 0);
}

TEST_CASE("A library that dlopen refuses is named with what dlopen says") {
  Unloaded plugin(PLUGIN_OTHER);
  std::fstream(plugin.path, std::ios::in | std::ios::out | std::ios::binary).seekp(7).put('\xff');
  std::string why;
  CHECK(!plugin.find(why));
  CHECK(why.rfind("rank 3 can't load " + plugin.path + ": " + plugin.path + ": ", 0) == 0);
}

TEST_CASE("The path of a library that was named by a relative one is absolute") {
  const Scratch folder;
  std::filesystem::copy_file(PLUGIN, folder / "plugin");
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder / "");
  void* const library = dlopen("./plugin", RTLD_NOW | RTLD_LOCAL);
  REQUIRE(library);
  const Place place = Identity::here().place(dlsym(library, "plugin_factor"), Sort::constant);
  std::filesystem::current_path(before);
  CHECK(place.path == std::filesystem::canonical(folder / "").string() + "/./plugin");
  CHECK(Identity::here().place(of(function), Sort::code).path.empty());
  dlclose(library);
}

namespace {

// The folder of the process until the end of the scope.
struct Inside {
  explicit Inside(const Scratch& folder) { std::filesystem::current_path(folder / ""); }
  ~Inside() { std::filesystem::current_path(before); }
  const std::filesystem::path before = std::filesystem::current_path();
};

}  // namespace

TEST_CASE("A relative path that leads to another file by now is told as it is, and not loaded") {
  const bool is_replaced = GENERATE(false, true);
  const Scratch folder, other;
  std::filesystem::copy_file(PLUGIN_OTHER, folder / "plugin");
  if (is_replaced) std::filesystem::copy_file(PLUGIN, other / "plugin");
  void* library = nullptr;
  {
    const Inside inside(folder);
    library = dlopen("./plugin", RTLD_NOW | RTLD_LOCAL);
  }
  REQUIRE(library);
  const Inside inside(other);
  Place place = Identity::here().place(dlsym(library, "plugin_factor"), Sort::constant);
  CHECK(place.path == "./plugin");
  std::string why;
  CHECK(Identity::here().find(place, Sort::constant, why) == dlsym(library, "plugin_factor"));
  dlclose(library);
  place.rank = 3;
  const Inside first(folder);  // nobody looks there for a relative path
  CHECK(Identity::here().find(place, Sort::constant, why) == nullptr);
  CHECK(why.rfind("rank 3 can't load ./plugin: rank 0 loaded it by this relative path", 0) == 0);
  CHECK(why.find("load it by an absolute path") != std::string::npos);
}

TEST_CASE("A relative path that was right once stays known when the folder changes") {
  const Scratch folder;
  std::filesystem::copy_file(PLUGIN, folder / "plugin");
  void* library = nullptr;
  Place before;
  {
    const Inside inside(folder);
    library = dlopen("./plugin", RTLD_NOW | RTLD_LOCAL);
    REQUIRE(library);
    before = Identity::here().place(dlsym(library, "plugin_factor"), Sort::constant);
  }
  void* const other =
      dlopen(PLUGIN_OTHER, RTLD_NOW | RTLD_LOCAL);  // all objects are looked at again
  REQUIRE(other);
  const Place after = Identity::here().place(dlsym(library, "plugin_factor"), Sort::constant);
  CHECK(before.path == std::filesystem::canonical(folder / "").string() + "/./plugin");
  CHECK(after.path == before.path);
  dlclose(other);
  dlclose(library);
}
