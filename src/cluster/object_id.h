// SPDX-License-Identifier: MIT
// What tells loaded objects apart, of an object in memory and of one in a file. Stage: base, used by cluster/*.
#pragma once

#include <link.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace tp::cluster {

/// The first bytes of the build id; without one a hash of the code. None: zeros.
using ObjectId = std::array<std::uint64_t, 2>;

/// Of an object that is loaded.
ObjectId id_of(const dl_phdr_info& loaded) noexcept;
/// The same of the file, which is not loaded. nullopt: it can't be read, or no object for this machine is in it.
/// Throws std::bad_alloc.
std::optional<ObjectId> id_of_file(const std::string& path);

}  // namespace tp::cluster
