// SPDX-License-Identifier: MIT
// What a cluster needs of a message library: ten calls, all on one thread. Stage: base, used by cluster/*.
#pragma once

#include <cstddef>

namespace tp::cluster {

/// The calls of one engine. A loaded engine exports tp_cluster_engine, which returns its only table.
struct Engine {
  const char* name;
  /// Joins the other ranks: 0; or -1, and why says it. group: nullptr for all ranks; or a group of the engine's kind,
  /// in a program that has started the engine itself.
  int (*start)(const void* group, int* rank, int* ranks, char* why, std::size_t room);
  /// Begins to send. The bytes stay until sent says that they have gone. nullptr: it can't.
  void* (*send)(int to, const void* bytes, std::size_t count);
  /// 1: it has gone; 0: not yet; -1: it never will. But for 0 `sending` is invalid from then on.
  int (*sent)(void* sending);
  /// 1: a message waits, from this rank and of so many bytes; 0: none does; -1: the engine has failed.
  int (*arrived)(int* from, std::size_t* count);
  /// Takes the message that arrived has told of: 0, or -1.
  int (*receive)(int from, void* to, std::size_t count);
  /// finalizes: every rank does. What the program has started goes on.
  void (*stop)(int finalizes);
};

/// One message has at most so many bytes: MPI counts in int.
inline constexpr std::size_t kMostInMessage = std::size_t{1} << 29;

using EngineTable = const Engine*();
inline constexpr char kEngineSymbol[] = "tp_cluster_engine";

}  // namespace tp::cluster
