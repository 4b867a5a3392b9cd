// SPDX-License-Identifier: MIT
// What tells loaded objects apart, of an object in memory and of one in a file. Stage: base, used by cluster/*.
#include "cluster/object_id.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <vector>

namespace tp::cluster {
namespace {

/// FNV-1a in two lanes.
ObjectId hash(std::string_view bytes) noexcept {
  std::uint64_t a = 0xcbf29ce484222325u, b = 0x84222325cbf29ce4u;
  for (const char byte : bytes) {
    a = (a ^ static_cast<unsigned char>(byte)) * 0x100000001b3u;
    b = (b ^ a) * 0x100000001b3u;
  }
  return {a, b};
}

std::size_t padded(std::size_t count) noexcept { return (count + 3) & ~std::size_t{3}; }

/// The build id in a segment of notes. Each length is checked.
std::optional<ObjectId> build_id(std::string_view notes) noexcept {
  ElfW(Nhdr) note;
  while (notes.size() >= sizeof note) {
    std::memcpy(&note, notes.data(), sizeof note);
    notes.remove_prefix(sizeof note);
    if (note.n_namesz > notes.size() || padded(note.n_namesz) > notes.size()) break;
    const std::string_view name = notes.substr(0, note.n_namesz);
    notes.remove_prefix(padded(note.n_namesz));
    if (note.n_descsz > notes.size()) break;
    ObjectId id;
    if (note.n_type == NT_GNU_BUILD_ID && name == std::string_view("GNU", 4) &&
        note.n_descsz >= sizeof id) {
      std::memcpy(id.data(), notes.data(), sizeof id);
      return id;
    }
    notes.remove_prefix(std::min(padded(note.n_descsz), notes.size()));
  }
  return std::nullopt;
}

/// bytes_of returns what is in a segment, until its next call; nullopt: it can't be read.
template <class BytesOf>
std::optional<ObjectId> id_of(const ElfW(Phdr) * parts, std::size_t count, BytesOf bytes_of) {
  for (const ElfW(Phdr)* part = parts; part != parts + count; ++part) {
    if (part->p_type != PT_NOTE) continue;
    const std::optional<std::string_view> notes = bytes_of(*part);
    if (!notes) return std::nullopt;
    if (const auto id = build_id(*notes)) return id;
  }
  ObjectId id{};
  for (const ElfW(Phdr)* part = parts; part != parts + count; ++part) {
    if (part->p_type != PT_LOAD || !(part->p_flags & PF_X)) continue;
    const std::optional<std::string_view> code = bytes_of(*part);
    if (!code) return std::nullopt;
    id = hash(*code);
  }
  return id;
}

/// A file that others may change meanwhile: it is read, not mapped.
class File {
 public:
  /// Opens no pipe or device, at which it might wait.
  explicit File(const char* path) noexcept
      : file_(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {
    struct stat about;
    if (file_ >= 0 && fstat(file_, &about) == 0 && S_ISREG(about.st_mode))
      size_ = static_cast<std::uint64_t>(about.st_size);
  }
  ~File() {
    if (file_ >= 0) close(file_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  bool has(std::uint64_t offset, std::uint64_t count) const noexcept {
    return offset <= size_ && count <= size_ - offset;
  }
  /// Bytes of the file, until the next call. nullopt: it has fewer.
  std::optional<std::string_view> read(std::uint64_t offset, std::uint64_t count) {
    if (!has(offset, count)) return std::nullopt;
    bytes_.resize(static_cast<std::size_t>(count));
    for (std::size_t have = 0; have < bytes_.size();) {
      const ssize_t more = pread(file_, bytes_.data() + have, bytes_.size() - have,
                                 static_cast<off_t>(offset + have));
      if (more <= 0) return std::nullopt;
      have += static_cast<std::size_t>(more);
    }
    return std::string_view(bytes_.data(), bytes_.size());
  }

 private:
  const int file_;
  std::uint64_t size_ = 0;
  std::vector<char> bytes_;
};

/// Whether it is that of a library for processes of this kind.
bool is_right(const ElfW(Ehdr) & header) noexcept {
  constexpr unsigned char kClass = sizeof(void*) == 8 ? ELFCLASS64 : ELFCLASS32;
  constexpr unsigned char kData =
      __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;
  return !std::memcmp(header.e_ident, ELFMAG, SELFMAG) && header.e_ident[EI_CLASS] == kClass &&
         header.e_ident[EI_DATA] == kData && header.e_type == ET_DYN &&
         header.e_phentsize == sizeof(ElfW(Phdr));
}

}  // namespace

ObjectId id_of(const dl_phdr_info& loaded) noexcept {
  const auto bytes_of = [&](const ElfW(Phdr) & part) -> std::optional<std::string_view> {
    const std::uintptr_t begin = loaded.dlpi_addr + part.p_vaddr;
    return std::string_view(reinterpret_cast<const char*>(begin), part.p_memsz);
  };
  return *id_of(loaded.dlpi_phdr, loaded.dlpi_phnum, bytes_of);
}

std::optional<ObjectId> id_of_file(const std::string& path) {
  File file(path.c_str());
  ElfW(Ehdr) header;
  auto bytes = file.read(0, sizeof header);
  if (!bytes) return std::nullopt;
  std::memcpy(&header, bytes->data(), sizeof header);
  if (!is_right(header)) return std::nullopt;
  std::vector<ElfW(Phdr)> parts(header.e_phnum);
  bytes = file.read(header.e_phoff, parts.size() * sizeof(ElfW(Phdr)));
  if (!bytes || parts.empty()) return std::nullopt;
  std::memcpy(parts.data(), bytes->data(), bytes->size());
  for (const ElfW(Phdr) & part : parts)  // dlopen maps what is missing, and the process dies there
    if (part.p_type == PT_LOAD && !file.has(part.p_offset, part.p_filesz)) return std::nullopt;
  const auto bytes_of = [&](const ElfW(Phdr) & part) {
    return file.read(part.p_offset, part.p_filesz);
  };
  return id_of(parts.data(), parts.size(), bytes_of);
}

}  // namespace tp::cluster
