// SPDX-License-Identifier: MIT
// How ranks agree that a pool begins, or why it does not. Stage: base, used by cluster/*.
#include "cluster/handshake.h"

#include <tpool/tpool.h>

namespace tp::cluster {

Hello Hello::of_this_process() {
  const std::uint32_t one = 1;
  std::uint8_t first;
  std::memcpy(&first, &one, 1);
  const std::uint64_t machine =
      sizeof(void*) | sizeof(long) << 8 | sizeof(long double) << 16 | std::uint64_t{first} << 32;
  return {Identity::here().program(), machine, 0, TP_OK, tp_version(), {}};
}

Bytes Hello::pack() const {
  Writer writer(Kind::hello);
  writer.put(program);
  writer.put(machine);
  writer.put(workers);
  writer.put(status);
  writer.put_text(version);
  writer.put_text(why);
  return writer.take();
}

bool Hello::read(const Bytes& message) {
  Reader reader(message);
  if (reader.get<Kind>() != Kind::hello) return false;
  program = reader.get<Name>();
  machine = reader.get<std::uint64_t>();
  workers = reader.get<std::uint64_t>();
  status = reader.get<std::int32_t>();
  version = reader.get_text();
  why = reader.get_text();
  constexpr std::uint64_t kMost = 1 << 20;
  return reader.is_at_end() && status <= TP_OK && workers <= kMost && (workers || status != TP_OK);
}

Bytes Welcome::pack() const {
  Writer writer(Kind::welcome);
  writer.put(status);
  writer.put(lost_after);
  writer.put_text(why);
  return writer.take();
}

bool Welcome::read(const Bytes& message) {
  Reader reader(message);
  if (reader.get<Kind>() != Kind::welcome) return false;
  status = reader.get<std::int32_t>();
  lost_after = reader.get<double>();
  why = reader.get_text();
  return reader.is_at_end() && status <= TP_OK && lost_after > 0;
}

int compare(const Hello& mine, const Hello& other, int rank, std::string& why) {
  const std::string name = "rank " + std::to_string(rank);
  if (other.status != TP_OK) {
    why = name + ": " + other.why;
    return other.status;
  }
  if (other.machine != mine.machine)
    why = name + " runs on another kind of machine than rank 0, which lays out numbers differently";
  else if (other.version != mine.version)
    why = name + " has libtpool " + other.version + " and rank 0 " + mine.version +
          "; all ranks need the same";
  else if (std::memcmp(&other.program, &mine.program, sizeof mine.program))
    why = name + " runs another program file than rank 0; all ranks need the same build";
  return why.empty() ? TP_OK : TP_EINVAL;
}

}  // namespace tp::cluster
