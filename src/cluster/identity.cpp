// SPDX-License-Identifier: MIT
// Names functions and constants in every rank alike: loaded object and offset. Stage: base, used by cluster/*.
#include "cluster/identity.h"

#include <link.h>

#include <cstdio>

namespace tp::cluster {

Identity& Identity::here() {
  static Identity* const only = new Identity;  // never freed: tasks may run during exit
  return *only;
}

/// An address belongs to another object when one was unloaded, and the next was loaded there. REQUIRES: mutex_.
void Identity::look_if_changed() {
  Changes now;
  const auto read = [](dl_phdr_info* info, std::size_t, void* to) {
    *static_cast<Changes*>(to) = {info->dlpi_adds, info->dlpi_subs};
    return 1;
  };
  dl_iterate_phdr(read, &now);
  if (now == changes_) return;
  look();
  changes_ = now;
}

/// REQUIRES: mutex_.
void Identity::look() {
  objects_.clear();
  const auto add = [](dl_phdr_info* info, std::size_t, void* all) {
    Object object{id_of(*info), info->dlpi_addr, info->dlpi_name, {}};
    const auto address = [&](const ElfW(Phdr) & part) { return info->dlpi_addr + part.p_vaddr; };
    for (int i = 0; i < info->dlpi_phnum; ++i) {
      const ElfW(Phdr)& part = info->dlpi_phdr[i];
      const std::uintptr_t begin = address(part), end = begin + part.p_memsz;
      if (part.p_type == PT_LOAD && (part.p_flags & PF_X)) {
        object.parts.push_back({begin, end, Sort::code});
      } else if (part.p_type == PT_LOAD && !(part.p_flags & PF_W)) {
        object.parts.push_back({begin, end, Sort::constant});
      } else if (part.p_type == PT_GNU_RELRO) {
        object.parts.push_back({begin, end, Sort::constant});
      }
    }
    static_cast<std::vector<Object>*>(all)->push_back(std::move(object));
    return 0;
  };
  dl_iterate_phdr(add, &objects_);
}

/// Code may also be read as a constant.
const Identity::Object* Identity::object_at(std::uintptr_t address, Sort sort) const noexcept {
  for (const Object& object : objects_)
    for (const Part& part : object.parts)
      if (address >= part.begin && address < part.end &&
          (part.sort == sort || part.sort == Sort::code))
        return &object;
  return nullptr;
}

bool Identity::name(const void* address, Sort sort, Name& name) {
  const auto at = reinterpret_cast<std::uintptr_t>(address);
  std::lock_guard lock(mutex_);
  look_if_changed();
  const Object* const object = object_at(at, sort);
  if (!object) return false;
  name = {object->id, at - object->base};
  return true;
}

const void* Identity::find(const Name& name, Sort sort, std::string& why) {
  std::lock_guard lock(mutex_);
  look_if_changed();
  for (const Object& object : objects_) {
    if (object.id != name.object) continue;
    const std::uintptr_t at = object.base + name.offset;
    if (object_at(at, sort) == &object) return reinterpret_cast<const void*>(at);
    why = "no function or constant is there in " + object.path;
    return nullptr;
  }
  char text[96];
  std::snprintf(text, sizeof text, "no object with the build id %016llx%016llx is loaded",
                static_cast<unsigned long long>(__builtin_bswap64(name.object[0])),
                static_cast<unsigned long long>(__builtin_bswap64(name.object[1])));
  why = text;
  return nullptr;
}

Name Identity::program() {
  std::lock_guard lock(mutex_);
  look_if_changed();
  return objects_.empty() ? Name{} : Name{objects_[0].id, 0};
}

}  // namespace tp::cluster
