// SPDX-License-Identifier: MIT
// Names functions and constants in every rank alike: loaded object and offset. Stage: base, used by cluster/*.
#include "cluster/identity.h"

#include <elf.h>
#include <link.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace tp::cluster {
namespace {

/// FNV-1a in two lanes: for objects that were linked without a build id.
void hash(std::uint64_t id[2], const char* bytes, std::size_t count) noexcept {
  std::uint64_t a = 0xcbf29ce484222325u, b = 0x84222325cbf29ce4u;
  for (std::size_t i = 0; i < count; ++i) {
    a = (a ^ static_cast<unsigned char>(bytes[i])) * 0x100000001b3u;
    b = (b ^ a) * 0x100000001b3u;
  }
  id[0] = a;
  id[1] = b;
}

std::size_t padded(std::size_t count) noexcept { return (count + 3) & ~std::size_t{3}; }

/// The build id of a segment of notes.
bool read_build_id(const char* at, std::size_t size, std::uint64_t id[2]) noexcept {
  const char* const end = at + size;
  while (static_cast<std::size_t>(end - at) >= sizeof(ElfW(Nhdr))) {
    ElfW(Nhdr) note;
    std::memcpy(&note, at, sizeof note);
    const char* const name = at + sizeof note;
    const char* const text = name + padded(note.n_namesz);
    if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && !std::memcmp(name, "GNU", 4) &&
        note.n_descsz >= 16) {
      std::memcpy(id, text, 16);
      return true;
    }
    at = text + padded(note.n_descsz);
  }
  return false;
}

}  // namespace

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
    Object object{{0, 0}, info->dlpi_addr, info->dlpi_name, {}};
    bool has_id = false;
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
      } else if (part.p_type == PT_NOTE && !has_id) {
        has_id = read_build_id(reinterpret_cast<const char*>(begin), part.p_memsz, object.id);
      }
    }
    for (const Part& part : object.parts)
      if (!has_id && part.sort == Sort::code)
        hash(object.id, reinterpret_cast<const char*>(part.begin), part.end - part.begin);
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
  name = {{object->id[0], object->id[1]}, at - object->base};
  return true;
}

const void* Identity::find(const Name& name, Sort sort, std::string& why) {
  std::lock_guard lock(mutex_);
  look_if_changed();
  for (const Object& object : objects_) {
    if (object.id[0] != name.object[0] || object.id[1] != name.object[1]) continue;
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
  return objects_.empty() ? Name{} : Name{{objects_[0].id[0], objects_[0].id[1]}, 0};
}

}  // namespace tp::cluster
