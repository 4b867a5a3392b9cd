// SPDX-License-Identifier: MIT
// What a cluster needs of a message library. One thread makes all the calls. Stage: base, used by cluster/*.
#pragma once

#include <cstddef>

namespace tp::cluster {

/// The calls of one engine. A loaded engine exports tp_cluster_engine, which returns its only table.
struct Engine {
  /// Joins the other ranks: TP_OK; or TP_EINVAL or TP_ENOTSUP, and why says it. group: nullptr for all ranks; or a
  /// group of the engine's kind, in a program that has started the engine itself.
  int (*start)(const void* group, int* rank, int* ranks, char* why, std::size_t room);
  /// Begins to send. The bytes stay until ended says that it is over. nullptr: it can't.
  void* (*send)(int to, const void* bytes, std::size_t count);
  /// 1: it tells of the next message, from this rank and of so many bytes; 0: there is none; -1: the engine has failed.
  /// Messages of one rank come in the order in which they were sent.
  int (*arrived)(int* from, std::size_t* count);
  /// Begins to receive the message that arrived has told of last, once. `to` stays as for send. nullptr: it can't.
  void* (*receive)(void* to, std::size_t count);
  /// Whether a send or a receive is over: 1: it is; 0: not yet; -1: it never will be. But for 0 `under_way` is invalid
  /// from then on.
  int (*ended)(void* under_way);
  /// finalizes: every rank does. What the program has started goes on.
  void (*stop)(int finalizes);
};

/// One message has at most so many bytes: MPI counts in int.
inline constexpr std::size_t kMostInMessage = std::size_t{1} << 29;

using EngineTable = const Engine*();
inline constexpr char kEngineSymbol[] = "tp_cluster_engine";

}  // namespace tp::cluster
