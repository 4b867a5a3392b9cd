// SPDX-License-Identifier: MIT
// Names functions and constants in every rank alike: loaded object and offset. Stage: base, used by cluster/*.
#include "cluster/identity.h"

#include <dlfcn.h>
#include <link.h>

#include <algorithm>
#include <climits>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

namespace tp::cluster {
namespace {

/// A constructor that throws, or ends its thread, ends the process: the loader would stay locked for ever.
void* open_object(const std::string& path, int mode) noexcept { return dlopen(path.c_str(), mode); }

/// The constructors of an object that another thread loads may be running: they are over when dlopen returns.
void await_constructors(const std::string& path) {
  void* const object = open_object(path, RTLD_LAZY | RTLD_NOLOAD);
  if (object) dlclose(object);
}

std::string rank_of(const Place& place) { return "rank " + std::to_string(place.rank); }

std::string sentence_without_path(const Place& place) {
  char id[33];
  std::snprintf(id, sizeof id, "%016llx%016llx",
                static_cast<unsigned long long>(__builtin_bswap64(place.name.object[0])),
                static_cast<unsigned long long>(__builtin_bswap64(place.name.object[1])));
  return std::string("no object with the build id ") + id + " is loaded in " + rank_of(place);
}

/// Only after its file has been seen to be the right one. Empty: it is loaded; else why it is not.
std::string load(const Place& place) {
  if (place.path.empty()) return sentence_without_path(place);
  if (place.path[0] != '/')
    return rank_of(place) + " can't load " + place.path +
           ": rank 0 loaded it by this relative path, where the file is no longer; load it by an "
           "absolute path";
  std::string why;
  if (const auto id = id_of_file(place.path); !id)
    why = "there is no library that can be read";
  else if (*id != place.name.object)
    why = "the file there is not the one that rank 0 has loaded";
  else if (!open_object(place.path, RTLD_NOW | RTLD_LOCAL))
    why = dlerror();
  else
    return {};
  return rank_of(place) + " can't load " + place.path + ": " + why +
         "; all ranks need the same file at this path";
}

std::string absolute(const std::string& path) {
  std::error_code no_folder;
  return std::filesystem::absolute(path, no_folder).string();
}

}  // namespace

Identity& Identity::here() {
  static Identity* const only = new Identity;  // never freed: tasks may run during exit
  return *only;
}

void Place::write(Writer& writer) const {
  writer.put(name);
  writer.put_text(path);
}

Place Place::read(Reader& reader, int rank) {
  const auto name = reader.get<Name>();
  return {name, reader.get_text(PATH_MAX), rank};
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
  const std::vector<Object> before = std::exchange(objects_, {});
  unloadable_.clear();
  const auto add = [](dl_phdr_info* info, std::size_t, void* to) {
    auto& all = *static_cast<std::vector<Object>*>(to);
    Object object{id_of(*info), info->dlpi_addr, {}, false, {}};
    if (!all.empty() && std::strchr(info->dlpi_name, '/')) object.path = info->dlpi_name;
    object.is_ready = object.path.empty();
    for (int i = 0; i < info->dlpi_phnum; ++i) {
      const ElfW(Phdr)& part = info->dlpi_phdr[i];
      const std::uintptr_t begin = info->dlpi_addr + part.p_vaddr, end = begin + part.p_memsz;
      if (part.p_type == PT_LOAD && (part.p_flags & PF_X))
        object.parts.push_back({begin, end, Sort::code});
      else if (part.p_type == PT_LOAD && !(part.p_flags & PF_W))
        object.parts.push_back({begin, end, Sort::constant});
      else if (part.p_type == PT_GNU_RELRO)
        object.parts.push_back({begin, end, Sort::constant});
    }
    all.push_back(std::move(object));
    return 0;
  };
  dl_iterate_phdr(add, &objects_);
  for (Object& object : objects_)
    if (!object.path.empty() && object.path[0] != '/') make_absolute(object, before);
}

/// The program may have changed its folder since dlopen was given a relative path. It stays as it is if its file is
/// found neither where it was before nor from the folder of now.
void Identity::make_absolute(Object& object, const std::vector<Object>& before) {
  const auto has = [&](const std::string& path) { return id_of_file(path) == object.id; };
  for (const Object& old : before) {
    const bool is_same = old.id == object.id && old.base == object.base;
    if (is_same && old.path[0] == '/' && has(old.path)) object.path = old.path;
  }
  const std::string path = absolute(object.path);
  if (path != object.path && has(path)) object.path = path;
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

Identity::Object* Identity::object_of(const ObjectId& id) noexcept {
  for (Object& object : objects_)
    if (object.id == id) return &object;
  return nullptr;
}

/// The object in which the address is, which name then says; nullptr: none. REQUIRES: mutex_, and a look.
const Identity::Object* Identity::look_up(const void* address, Sort sort, Name& name) {
  const auto at = reinterpret_cast<std::uintptr_t>(address);
  const Object* const object = object_at(at, sort);
  name = object ? Name{object->id, at - object->base} : Name{};
  return object;
}

bool Identity::name(const void* address, Sort sort, Name& name) {
  std::lock_guard lock(mutex_);
  look_if_changed();
  return look_up(address, sort, name) != nullptr;
}

std::vector<Place> Identity::places(std::initializer_list<Address> addresses) {
  std::vector<Place> places;
  std::lock_guard lock(mutex_);
  look_if_changed();
  for (const auto& [at, sort] : addresses) {
    Place& place = places.emplace_back();
    const Object* const object = at ? look_up(at, sort, place.name) : nullptr;
    if (object) place.path = object->path;
  }
  return places;
}

const void* Identity::find(const Place& place, Sort sort, std::string& why) {
  return find(
      place, sort, [](std::uintptr_t) { return true; }, why);
}

const tp_codec_t* Identity::find_codec(const Place& place, std::string& why) {
  const auto is_codec = [this](std::uintptr_t at) { return this->is_codec(at); };
  return static_cast<const tp_codec_t*>(find(place, Sort::constant, is_codec, why));
}

/// fits(address) may look at what is there: the object does not go while the mutex is held.
template <class Fits>
const void* Identity::find(const Place& place, Sort sort, Fits fits, std::string& why) {
  std::unique_lock lock(mutex_);
  look_if_changed();
  Object* object = object_of(place.name.object);
  if (!object || !object->is_ready) object = make_ready(lock, place, why);
  if (!object) return nullptr;
  const std::uintptr_t at = object->base + place.name.offset;
  if (object_at(at, sort) == object && fits(at)) return reinterpret_cast<const void*>(at);
  why = "no function or constant is there in " + object->path + " of " + rank_of(place);
  return nullptr;
}

/// Where a wrong place leads may be anything. REQUIRES: mutex_.
bool Identity::is_codec(std::uintptr_t at) const noexcept {
  const std::uintptr_t last = at + sizeof(tp_codec_t) - 1;
  if (at % alignof(tp_codec_t) || !object_at(last, Sort::constant)) return false;
  const auto& codec = *reinterpret_cast<const tp_codec_t*>(at);
  const auto is_code = [this](auto* fn) {
    return object_at(reinterpret_cast<std::uintptr_t>(fn), Sort::code) != nullptr;
  };
  return codec.size >= sizeof codec && is_code(codec.pack) && is_code(codec.unpack) &&
         (!codec.drop || is_code(codec.drop));
}

/// nullptr: it can't be loaded, which is not tried again before other objects come or go. REQUIRES: mutex_, which is
/// free while constructors run.
Identity::Object* Identity::make_ready(std::unique_lock<std::mutex>& lock, const Place& place,
                                       std::string& why) {
  const Wanted wanted{place.name.object, place.path};
  if (const auto known = unloadable_.find(wanted); known != unloadable_.end()) {
    why = known->second;
    return nullptr;
  }
  const Object* const loaded = object_of(place.name.object);
  const std::string path = loaded ? loaded->path : std::string();
  lock.unlock();
  if (path.empty())
    why = load(place);
  else
    await_constructors(path);
  lock.lock();
  look_if_changed();
  Object* const object = why.empty() ? object_of(place.name.object) : nullptr;
  if (object)
    object->is_ready = true;
  else if (why.empty())  // it has gone meanwhile
    why = sentence_without_path(place);
  else
    unloadable_[wanted] = why;
  return object;
}

Name Identity::program() {
  std::lock_guard lock(mutex_);
  look_if_changed();
  return objects_.empty() ? Name{} : Name{objects_[0].id, 0};
}

}  // namespace tp::cluster
