// SPDX-License-Identifier: MIT
// Guide: streams of lines, of what a generator yields, and in the order of completion.
#include <iterator>
#include <sstream>
#include <string>
#include <tpool/tpool.hpp>
#include <vector>

#include "check.h"

std::size_t length(const std::string& word) { return word.size(); }

// The words of a stream of text, read as they are needed.
class Words {
 public:
  explicit Words(std::istream& text) : text_(text) {}
  std::istream_iterator<std::string> begin() const {
    return std::istream_iterator<std::string>(text_);
  }
  std::istream_iterator<std::string> end() const { return {}; }

 private:
  std::istream& text_;
};

void show_lazy_input(tp::ThreadPool& pool) {
  std::istringstream text("many hands make light work");

  std::size_t total = 0;
  for (std::size_t size : pool.imap(length, Words(text))) total += size;

  CHECK(total == 22);
}

void show_first(tp::ThreadPool& pool) {
  const std::vector<std::string> words = {"many", "hands", "make", "light", "work"};

  auto stream = pool.imap_unordered(length, words);
  std::optional<std::size_t> first = stream.next();  // of the task that was done first

  CHECK(first == 4u || first == 5u);
}

void show_feed(tp::ThreadPool& pool) {
  auto lengths = pool.feed<std::string>(length);
  lengths.push("many");  // any thread may
  lengths.push("hands");
  lengths.push_end();

  std::size_t total = 0;
  for (std::size_t size : lengths) total += size;
  CHECK(total == 9);
}

int main() {
  tp::ThreadPool pool;
  show_lazy_input(pool);
  show_first(pool);
  show_feed(pool);
}
