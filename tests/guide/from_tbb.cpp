// SPDX-License-Identifier: MIT
// Guide: loops, groups and pipelines of oneTBB, and the same with a pool.
#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>
#include <tbb/parallel_pipeline.h>
#include <tbb/parallel_reduce.h>
#include <tbb/task_group.h>

#include <atomic>
#include <functional>
#include <string>
#include <tpool/tpool.hpp>
#include <vector>

#include "check.h"

void scale_by_tbb(std::vector<double>& numbers) {
  tbb::parallel_for(tbb::blocked_range<std::size_t>(0, numbers.size()),
                    [&](const tbb::blocked_range<std::size_t>& range) {
                      for (std::size_t i = range.begin(); i < range.end(); ++i) numbers[i] *= 2;
                    });
}

void scale_by_pool(tp::ThreadPool& pool, std::vector<double>& numbers) {
  pool.for_each(numbers, [](double& number) { number *= 2; });
}

void scale_by_chunks(tp::ThreadPool& pool, std::vector<double>& numbers) {
  pool.for_range(numbers.size(), [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) numbers[i] *= 2;
  });
}

double sum_by_tbb(const std::vector<double>& numbers) {
  return  //
      tbb::parallel_reduce(
          tbb::blocked_range<std::size_t>(0, numbers.size()), 0.0,
          [&](const tbb::blocked_range<std::size_t>& range, double sum) {
            for (std::size_t i = range.begin(); i < range.end(); ++i) sum += numbers[i];
            return sum;
          },
          std::plus<>());
}

double sum_by_pool(tp::ThreadPool& pool, const std::vector<double>& numbers) {
  return  //
      pool.reduce(numbers, 0.0, std::plus<>());
}

void group_by_tbb(std::atomic<int>& sum) {
  tbb::task_group group;
  group.run([&] { sum += 1; });
  group.run([&] { sum += 2; });
  group.wait();
}

void group_by_pool(tp::ThreadPool& pool, std::atomic<int>& sum) {
  auto one = pool.apply_async([&] { sum += 1; });
  auto two = pool.apply_async([&] { sum += 2; });
  one.get();
  two.get();
}

std::string pipeline_by_tbb(const std::vector<char>& letters) {
  std::string text;
  std::size_t next = 0;
  tbb::parallel_pipeline(
      16, tbb::make_filter<void, char>(tbb::filter_mode::serial_in_order,
                                       [&](tbb::flow_control& control) {
                                         if (next < letters.size()) return letters[next++];
                                         control.stop();
                                         return '\0';
                                       }) &
              tbb::make_filter<char, char>(tbb::filter_mode::parallel,
                                           [](char c) { return static_cast<char>(c - 32); }) &
              tbb::make_filter<char, void>(tbb::filter_mode::serial_in_order,
                                           [&](char c) { text += c; }));
  return text;
}

std::string pipeline_by_pool(tp::ThreadPool& pool, const std::vector<char>& letters) {
  std::string text;
  tp::options<> how;
  how.buffersize = 16;
  auto upper = [](char c) { return static_cast<char>(c - 32); };
  for (char c : pool.imap(upper, letters, how)) text += c;
  return text;
}

int main() {
  tp::ThreadPool pool;
  std::vector<double> numbers(1000, 1);
  scale_by_tbb(numbers);
  scale_by_pool(pool, numbers);
  scale_by_chunks(pool, numbers);
  CHECK(numbers == std::vector<double>(1000, 8));
  CHECK(sum_by_tbb(numbers) == 8000 && sum_by_pool(pool, numbers) == 8000);

  std::atomic<int> sum = 0;
  group_by_tbb(sum);
  group_by_pool(pool, sum);
  CHECK(sum == 6);

  const std::vector<char> letters = {'a', 'b', 'c'};
  CHECK(pipeline_by_tbb(letters) == "ABC" && pipeline_by_pool(pool, letters) == "ABC");
}
