// SPDX-License-Identifier: MIT
// How ranks agree that a pool begins, or why it does not. Stage: base, used by cluster/*.
#pragma once

#include <cstdint>
#include <string>

#include "cluster/identity.h"
#include "cluster/wire.h"

namespace tp::cluster {

/// What a rank says of itself, and what rank 0 answers.
struct Hello {
  Name program;
  std::uint64_t machine;  // what plain bytes depend on
  std::uint64_t workers;
  std::int32_t status;  // of its own options
  std::string version, why;

  static Hello of_this_process();
  Bytes pack() const;
  bool read(const Bytes& message);
};

struct Welcome {
  std::int32_t status;
  double lost_after;
  std::string why;

  Bytes pack() const;
  bool read(const Bytes& message);
};

/// Compares what a rank says with what rank 0 has: TP_OK or TP_EINVAL, and why.
int compare(const Hello& mine, const Hello& other, int rank, std::string& why);

inline Kind kind_of(const Bytes& message) noexcept {
  Reader reader(message);
  return reader.get<Kind>();
}

}  // namespace tp::cluster
