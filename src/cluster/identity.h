// SPDX-License-Identifier: MIT
// Names functions and constants in every rank alike: loaded object and offset. Stage: base, used by cluster/*.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "cluster/object_id.h"

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

/// The loaded objects of this process. Thread-safe.
class Identity {
 public:
  static Identity& here();

  /// False: the address is in no code, or in no constant, of a loaded object.
  bool name(const void* address, Sort sort, Name& name);
  /// nullptr: no such object is loaded, or it has something else there; then why says which.
  const void* find(const Name& name, Sort sort, std::string& why);
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
    std::vector<Part> parts;
  };

  struct Changes {
    unsigned long long added = 0, removed = 0;  // objects, so far

    bool operator==(const Changes&) const = default;
  };

  void look();
  void look_if_changed();
  const Object* object_at(std::uintptr_t address, Sort sort) const noexcept;

  std::mutex mutex_;
  std::vector<Object> objects_;
  Changes changes_;  // that objects_ has seen
};

}  // namespace tp::cluster
