// SPDX-License-Identifier: MIT
// An engine over MPI, compiled once for each MPI that is installed. Stage: base, used by cluster/*.
#include <mpi.h>
#include <tpool/status.h>

#include <cstdio>
#include <new>

#include "cluster/engine/engine.h"

namespace {

constexpr int kTag = 7;
MPI_Comm ranks_comm = MPI_COMM_NULL;
MPI_Message next_message = MPI_MESSAGE_NULL;  // arrived has told of it
bool is_started_here = false;

int fail(int status, char* why, std::size_t room, const char* what) {
  std::snprintf(why, room, "%s", what);
  return status;
}

int init(char* why, std::size_t room) {
  int is_initialized = 0, is_finalized = 0, provided = 0;
  is_started_here = false;
  MPI_Finalized(&is_finalized);
  if (is_finalized) return fail(TP_ENOTSUP, why, room, "MPI has been finalized in this process");
  MPI_Initialized(&is_initialized);
  if (is_initialized)
    MPI_Query_thread(&provided);
  else if (MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided) != MPI_SUCCESS)
    return fail(TP_ENOTSUP, why, room, "MPI_Init_thread has failed");
  is_started_here = !is_initialized;
  if (is_initialized && provided < MPI_THREAD_SERIALIZED)
    return fail(TP_ENOTSUP, why, room,
                "the program has initialized MPI below MPI_THREAD_SERIALIZED, but a thread of the "
                "library calls it; use MPI_Init_thread with MPI_THREAD_SERIALIZED or "
                "MPI_THREAD_MULTIPLE");
  if (provided < MPI_THREAD_FUNNELED)
    return fail(TP_ENOTSUP, why, room, "this MPI does not allow other threads in the process");
  return TP_OK;
}

int join(MPI_Comm all, int* rank, int* ranks, char* why, std::size_t room) {
  if (all == MPI_COMM_NULL)
    return fail(TP_EINVAL, why, room,
                "*options.comm is MPI_COMM_NULL: this process is in no group; let it go on without "
                "the pool");
  if (MPI_Comm_dup(all, &ranks_comm) != MPI_SUCCESS)
    return fail(TP_ENOTSUP, why, room, "MPI_Comm_dup has failed");
  MPI_Comm_set_errhandler(ranks_comm, MPI_ERRORS_RETURN);
  MPI_Comm_rank(ranks_comm, rank);
  MPI_Comm_size(ranks_comm, ranks);
  return TP_OK;
}

/// MPI is used by the calling thread alone, but for what a program does that has initialized it.
int start(const void* group, int* rank, int* ranks, char* why, std::size_t room) {
  int status = init(why, room);
  if (status == TP_OK)
    status =
        join(group ? *static_cast<const MPI_Comm*>(group) : MPI_COMM_WORLD, rank, ranks, why, room);
  if (status != TP_OK && is_started_here) MPI_Finalize();
  return status;
}

template <class Begin>
void* begin(Begin begin) {
  auto* const request = new (std::nothrow) MPI_Request;
  if (request && begin(request) == MPI_SUCCESS) return request;
  delete request;
  return nullptr;
}

void* send(int to, const void* bytes, std::size_t count) {
  return begin([=](MPI_Request* request) {
    return MPI_Isend(bytes, static_cast<int>(count), MPI_BYTE, to, kTag, ranks_comm, request);
  });
}

/// MPI looks first and then makes progress, so a single look misses what has arrived in a pause.
int arrived(int* from, std::size_t* count) {
  int is_there = 0;
  MPI_Status status;
  for (int look = 0; look < 2 && !is_there; ++look)
    if (MPI_Improbe(MPI_ANY_SOURCE, kTag, ranks_comm, &is_there, &next_message, &status) !=
        MPI_SUCCESS)
      return -1;
  if (!is_there) return 0;
  int bytes = 0;
  MPI_Get_count(&status, MPI_BYTE, &bytes);
  *from = status.MPI_SOURCE;
  *count = static_cast<std::size_t>(bytes);
  return 1;
}

/// Begun only: a rank that has stopped may have sent no more than the head of a long message.
void* receive(void* to, std::size_t count) {
  return begin([=](MPI_Request* request) {
    return MPI_Imrecv(to, static_cast<int>(count), MPI_BYTE, &next_message, request);
  });
}

int ended(void* under_way) {
  auto* const request = static_cast<MPI_Request*>(under_way);
  int is_over = 0;
  const bool fails = MPI_Test(request, &is_over, MPI_STATUS_IGNORE) != MPI_SUCCESS;
  if (!fails && !is_over) return 0;
  delete request;
  return fails ? -1 : 1;
}

void stop(int finalizes) {
  if (!finalizes) return;
  MPI_Comm_free(&ranks_comm);
  if (is_started_here) MPI_Finalize();
}

constexpr tp::cluster::Engine kEngine{start, send, arrived, receive, ended, stop};

}  // namespace

extern "C" [[gnu::visibility("default")]] const tp::cluster::Engine* tp_cluster_engine() {
  return &kEngine;
}
