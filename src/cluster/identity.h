// SPDX-License-Identifier: MIT
// Names functions and constants in every rank alike: loaded object and offset. Stage: base, used by cluster/*.
#pragma once

#include <tpool/task.h>

#include <cstdint>
#include <initializer_list>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "cluster/object_id.h"
#include "cluster/wire.h"

namespace tp::cluster {

/// What stands at an offset in a loaded object. No object: NULL.
struct Name {
  ObjectId object;
  std::uint64_t offset;

  bool is_null() const noexcept { return !object[0] && !object[1] && !offset; }
  /// An object that rank 0 shares stands in no loaded object: it has a number.
  static Name of_shared(std::uint64_t number) noexcept {
    return {{UINT64_MAX, UINT64_MAX}, number};
  }
  bool is_shared() const noexcept { return object[0] == UINT64_MAX && object[1] == UINT64_MAX; }
};

enum class Sort { code, constant };

/// A name as it crosses.
struct Place {
  Name name{};
  /// Of the object. Empty: it is the program, or has none. Relative: nobody knows where that is.
  std::string path;
  int rank = 0;  // that looks for it

  void write(Writer& writer) const;
  /// After a broken one the reader is not ok.
  static Place read(Reader& reader, int rank);
};

/// The loaded objects of this process. Thread-safe.
class Identity {
 public:
  static Identity& here();

  /// False: the address is in no code, or in no constant, of a loaded object.
  bool name(const void* address, Sort sort, Name& name);
  struct Address {
    const void* at;
    Sort sort;
  };
  /// Of each its name, and the path of its object. Of NULL, and of what has no name, that of NULL.
  std::vector<Place> places(std::initializer_list<Address> addresses);
  Place place(const void* address, Sort sort) { return places({{address, sort}})[0]; }
  /// Loads the object if need be, for the life of the process, and waits until its constructors have run: user code.
  /// nullptr: this can't be, or the object has something else there; then why says which.
  const void* find(const Place& place, Sort sort, std::string& why);
  /// The same for a constant that is a codec with all its functions.
  const tp_codec_t* find_codec(const Place& place, std::string& why);
  /// The main program.
  Name program();

 private:
  struct Part {
    std::uintptr_t begin, end;
    Sort sort;
  };
  struct Object {
    ObjectId id;
    std::uintptr_t base;
    std::string path;
    bool is_ready;  // its constructors have run
    std::vector<Part> parts;
  };
  using Wanted = std::pair<ObjectId, std::string>;  // and its path

  struct Changes {
    unsigned long long added = 0, removed = 0;  // objects, so far

    bool operator==(const Changes&) const = default;
  };

  void look();
  static void make_absolute(Object& object, const std::vector<Object>& before);
  void look_if_changed();
  const Object* object_at(std::uintptr_t address, Sort sort) const noexcept;
  const Object* look_up(const void* address, Sort sort, Name& name);
  Object* object_of(const ObjectId& id) noexcept;
  template <class Fits>
  const void* find(const Place& place, Sort sort, Fits fits, std::string& why);
  bool is_codec(std::uintptr_t at) const noexcept;
  Object* make_ready(std::unique_lock<std::mutex>& lock, const Place& place, std::string& why);

  std::mutex mutex_;
  std::vector<Object> objects_;               // the first is the program
  std::map<Wanted, std::string> unloadable_;  // and why
  Changes changes_;                           // that both have seen
};

}  // namespace tp::cluster
