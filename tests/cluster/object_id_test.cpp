// SPDX-License-Identifier: MIT
// A file has the id that its object gets when it is loaded; what is broken has none, or another one.
#include "cluster/object_id.h"

#include <dlfcn.h>
#include <elf.h>
#include <sys/stat.h>

#include "support/scratch.hpp"
#include "support/test.hpp"

using tp::cluster::id_of_file;
using tp::cluster::ObjectId;

namespace {

using Header = ElfW(Ehdr);
using Part = ElfW(Phdr);

// The id of the object that is loaded from the path. None: zeros.
ObjectId id_of_loaded(const char* path) {
  struct Asked {
    const char* path;
    ObjectId id;
  } asked{path, {}};
  const auto ask = [](dl_phdr_info* info, std::size_t, void* to) {
    Asked& asks = *static_cast<Asked*>(to);
    if (std::strcmp(info->dlpi_name, asks.path) == 0) asks.id = tp::cluster::id_of(*info);
    return 0;
  };
  dl_iterate_phdr(ask, &asked);
  return asked.id;
}

std::string read(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// A file with these bytes, and its id.
class Made {
 public:
  std::optional<ObjectId> id_of(const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
    return id_of_file(path);
  }
  const support::Scratch folder;
  const std::string path = folder / "object";
};

template <class Struct>
void change(std::string& bytes, std::size_t at, void (*by)(Struct&)) {
  Struct value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  by(value);
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

// All parts of the kind.
void change_parts(std::string& bytes, std::uint32_t type, void (*by)(Part&)) {
  Header header;
  std::memcpy(&header, bytes.data(), sizeof header);
  for (std::size_t i = 0; i < header.e_phnum; ++i) {
    const std::size_t at = header.e_phoff + i * sizeof(Part);
    Part part;
    std::memcpy(&part, bytes.data() + at, sizeof part);
    if (part.p_type == type) change(bytes, at, by);
  }
}

}  // namespace

TEST_CASE("A file has the id of its loaded object, with a build id and without") {
  const char* const path = GENERATE(PLUGIN, PLUGIN_WITHOUT_ID);
  void* const library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  REQUIRE(library);
  const ObjectId id = id_of_loaded(path);
  CHECK(id != ObjectId{});
  CHECK(id_of_file(path) == id);
  dlclose(library);
}

TEST_CASE("Two libraries have two ids") {
  const auto id = id_of_file(PLUGIN), other = id_of_file(PLUGIN_OTHER),
             without = id_of_file(PLUGIN_WITHOUT_ID);
  REQUIRE((id && other && without));
  CHECK(id != other);
  CHECK(id != without);
  std::string changed = read(PLUGIN_WITHOUT_ID);
  change_parts(changed, PT_LOAD, [](Part& part) { part.p_filesz -= part.p_flags & PF_X ? 1 : 0; });
  Made made;
  const auto shorter = made.id_of(changed);
  CHECK((shorter && shorter != without));
}

TEST_CASE("A file that is cut short has no id, and breaks nothing") {
  const std::string whole = read(GENERATE(PLUGIN, PLUGIN_WITHOUT_ID));
  Made made;
  const auto id = made.id_of(whole);
  REQUIRE(id);
  for (std::size_t size = 0; size < whole.size(); size += 1 + size / 16) {
    const auto cut = made.id_of(whole.substr(0, size));
    CHECK((!cut || cut == id));  // what it is made of may all be there
    if (size < sizeof(Header) + sizeof(Part)) CHECK(!cut);
  }
}

TEST_CASE("A header that is wrong has no id") {
  struct Wrong {
    const char* what;
    void (*by)(Header& header);
  };
  const Wrong wrong = GENERATE(
      Wrong{"no ELF", [](Header& header) { header.e_ident[1] = 'e'; }},
      Wrong{"another class", [](Header& header) { header.e_ident[EI_CLASS] ^= 3; }},
      Wrong{"another order of bytes", [](Header& header) { header.e_ident[EI_DATA] ^= 3; }},
      Wrong{"no library", [](Header& header) { header.e_type = ET_REL; }},
      Wrong{"no parts", [](Header& header) { header.e_phnum = 0; }},
      Wrong{"too many parts", [](Header& header) { header.e_phnum = 0xffff; }},
      Wrong{"parts of another size", [](Header& header) { header.e_phentsize = 1; }},
      Wrong{"parts after the end", [](Header& header) { header.e_phoff = 1u << 30; }},
      Wrong{"parts at no offset", [](Header& header) { header.e_phoff -= header.e_phoff + 9; }});
  INFO(wrong.what);
  std::string bytes = read(PLUGIN);
  change(bytes, 0, wrong.by);
  Made made;
  CHECK(!made.id_of(bytes));
}

TEST_CASE("Parts that lie outside of the file have no id") {
  struct Wrong {
    const char* path;
    std::uint32_t type;
    void (*by)(Part& part);
  };
  const Wrong wrong = GENERATE(
      Wrong{PLUGIN, PT_NOTE, [](Part& part) { part.p_offset = 1u << 30; }},
      Wrong{PLUGIN, PT_NOTE, [](Part& part) { part.p_filesz -= part.p_filesz + 1; }},
      Wrong{PLUGIN, PT_NOTE, [](Part& part) { part.p_offset -= part.p_offset + 8; }},
      Wrong{PLUGIN, PT_LOAD, [](Part& part) { part.p_filesz = 1u << 30; }},
      Wrong{PLUGIN_WITHOUT_ID, PT_LOAD, [](Part& part) { part.p_filesz = 1u << 30; }},
      Wrong{PLUGIN_WITHOUT_ID, PT_LOAD, [](Part& part) { part.p_offset -= part.p_offset + 8; }});
  std::string bytes = read(wrong.path);
  change_parts(bytes, wrong.type, wrong.by);
  Made made;
  CHECK(!made.id_of(bytes));
}

TEST_CASE("Notes with wrong lengths, and bytes by chance, break nothing") {
  const std::string whole = read(PLUGIN);
  std::minstd_rand random(4);
  Made made;
  for (int round = 0; round < 150; ++round) {
    std::string bytes = whole;
    for (int i = 0; i < 8; ++i)  // most of what is read lies in front
      bytes[random() % 1024] = static_cast<char>(random() % 4 ? random() : 0xff);
    made.id_of(bytes);
  }
  for (const int size : {0, 3, 64, 5000}) {
    std::string noise(static_cast<std::size_t>(size), '\0');
    for (char& byte : noise) byte = static_cast<char>(random());
    CHECK(!made.id_of(noise));
  }
}

TEST_CASE("What is no file that can be read has no id, and nobody waits for it") {
  const support::Scratch folder;
  CHECK(!id_of_file(folder / ""));
  CHECK(!id_of_file(folder / "none"));
  CHECK(!id_of_file(""));
  CHECK(!id_of_file("/dev/null"));
  const std::string pipe = folder / "pipe";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(!id_of_file(pipe));
}
