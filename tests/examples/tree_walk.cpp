// SPDX-License-Identifier: MIT
// tp::invoke: a walk over a binary tree. A node that throws ends the walk with its exception, after
// all that had begun has ended.
#include "check.h"

#include <memory>
#include <stdexcept>
#include <tpool/tpool.hpp>

struct Node {
  int weight;
  std::unique_ptr<Node> left, right;
};
using Tree = std::unique_ptr<Node>;

Tree make(int depth) {
  if (depth == 0) return nullptr;
  return Tree(new Node{depth, make(depth - 1), make(depth - 1)});
}

long weigh(const Tree& tree) {
  if (!tree) return 0;
  if (tree->weight < 0) throw std::domain_error("a node of less than no weight");
  const auto [left, right] =
      tp::invoke([&] { return weigh(tree->left); }, [&] { return weigh(tree->right); });
  return tree->weight + left + right;
}

int main() {
  const Tree tree = make(16);
  tp::ThreadPool pool;
  const long weight = pool.apply(weigh, std::cref(tree));
  std::printf("the tree weighs %ld\n", weight);
  CHECK(weight == 131054);

  tree->right->left->weight = -1;
  bool thrown = false;
  try {
    pool.apply(weigh, std::cref(tree));
  } catch (const std::domain_error& error) {
    std::printf("%s\n", error.what());
    thrown = true;
  }
  CHECK(thrown);
}
