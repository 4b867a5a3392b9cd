// SPDX-License-Identifier: MIT
// The peer of G1, G5 and G7: a farm written by hand on MPI. Rank 0 keeps two messages under way for each other rank.
// Usage: <launcher> bench_farm [G7-large]
#include <mpi.h>
#include <sched.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <vector>

namespace {

constexpr int kMany = 100000, kMostInChunk = 5000, kEnd = 9;

// Waits as a library has to that shares its CPU: it looks, and lets others run.
void await_message(int from, MPI_Status* status) {
  for (int there = 0;;) {
    MPI_Iprobe(from, MPI_ANY_TAG, MPI_COMM_WORLD, &there, status);
    if (there) return;
    sched_yield();
  }
}

void serve() {
  std::vector<int> items(kMostInChunk), values(kMostInChunk);
  std::vector<char> large;
  for (;;) {
    MPI_Status status;
    await_message(0, &status);
    int bytes = 0;
    MPI_Get_count(&status, MPI_BYTE, &bytes);
    if (static_cast<std::size_t>(bytes) > items.size() * sizeof(int)) {
      large.resize(static_cast<std::size_t>(bytes));
      MPI_Recv(large.data(), bytes, MPI_BYTE, 0, status.MPI_TAG, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
      MPI_Send(large.data(), bytes, MPI_BYTE, 0, status.MPI_TAG, MPI_COMM_WORLD);
      continue;
    }
    MPI_Recv(items.data(), bytes, MPI_BYTE, 0, status.MPI_TAG, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    if (status.MPI_TAG == kEnd) return;
    const std::size_t n = static_cast<std::size_t>(bytes) / sizeof(int);
    for (std::size_t i = 0; i < n; ++i) values[i] = items[i] + 1;
    MPI_Send(values.data(), bytes, MPI_BYTE, 0, status.MPI_TAG, MPI_COMM_WORLD);
  }
}

double round_trip(int times) {
  const double begin = MPI_Wtime();
  for (int i = 0; i < times; ++i) {
    int value = 0;
    MPI_Status status;
    MPI_Send(&i, sizeof i, MPI_BYTE, 1, 0, MPI_COMM_WORLD);
    await_message(1, &status);
    MPI_Recv(&value, sizeof value, MPI_BYTE, 1, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    if (value != i + 1) MPI_Abort(MPI_COMM_WORLD, 1);
  }
  return (MPI_Wtime() - begin) / times;
}

// Seconds of an item, in chunks of so many.
double farm(int ranks, int chunk) {
  std::vector<int> items(kMany), values(kMany);
  for (int i = 0; i < kMany; ++i) items[static_cast<std::size_t>(i)] = i;
  std::vector<std::vector<int>> out(static_cast<std::size_t>(ranks));  // first items, in order
  int next = 0, back = 0;
  const double begin = MPI_Wtime();
  const auto send = [&](int to) {
    if (next == kMany) return;
    // Two that wait in MPI_Send would wait for each other. The answer tells that it has arrived.
    MPI_Request request;
    MPI_Isend(&items[static_cast<std::size_t>(next)], chunk * static_cast<int>(sizeof(int)),
              MPI_BYTE, to, 0, MPI_COMM_WORLD, &request);
    MPI_Request_free(&request);
    out[static_cast<std::size_t>(to)].push_back(next);
    next += chunk;
  };
  for (int window = 0; window < 2; ++window)
    for (int to = 1; to < ranks; ++to) send(to);
  for (; back < kMany; back += chunk) {
    MPI_Status status;
    await_message(MPI_ANY_SOURCE, &status);
    auto& sent = out[static_cast<std::size_t>(status.MPI_SOURCE)];
    MPI_Recv(&values[static_cast<std::size_t>(sent.front())], chunk * static_cast<int>(sizeof(int)),
             MPI_BYTE, status.MPI_SOURCE, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    sent.erase(sent.begin());
    send(status.MPI_SOURCE);
  }
  return (MPI_Wtime() - begin) / kMany;
}

double best_farm(int ranks) {
  double best = farm(ranks, 500);
  for (const int chunk : {1000, 2000, kMostInChunk}) best = std::min(best, farm(ranks, chunk));
  return best;
}

// There and back, in so many parts.
double rate(int bytes, int parts) {
  std::vector<char> item(static_cast<std::size_t>(bytes), 'x'), value(item.size());
  const double begin = MPI_Wtime();
  for (int part = 0; part < parts; ++part) {
    MPI_Status status;
    MPI_Send(item.data(), bytes, MPI_BYTE, 1, 0, MPI_COMM_WORLD);
    await_message(1, &status);
    MPI_Recv(value.data(), bytes, MPI_BYTE, 1, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
  }
  return 2e-9 * bytes * parts / (MPI_Wtime() - begin);
}
double rate() { return rate(64 << 20, 1); }

void run_rows(int ranks) {
  round_trip(200);
  std::printf("G1 %.3f us\n", 1e6 * round_trip(3000));
  std::printf("G5 %.4f us an item\n", 1e6 * best_farm(ranks));
  rate();
  std::printf("G7 %.3f GB/s\n", rate());
}

}  // namespace

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  int rank = 0, ranks = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  if (rank == 0) {
    if (argc > 1 && !std::strcmp(argv[1], "G7-large"))
      std::printf("G7-large %.3f GB/s\n", rate(512 << 20, 5));
    else
      run_rows(ranks);
    for (int to = 1; to < ranks; ++to) MPI_Send(nullptr, 0, MPI_BYTE, to, kEnd, MPI_COMM_WORLD);
  } else {
    serve();
  }
  MPI_Finalize();
  return 0;
}
