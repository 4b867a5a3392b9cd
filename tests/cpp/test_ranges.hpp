// SPDX-License-Identifier: MIT
// Ranges that are no containers.
#pragma once

#include <istream>

#include "counted.hpp"

namespace counted {

// 0 … end-1, with no more than a range-for needs.
struct UpTo {
  struct Iterator {
    int at;
    int operator*() const { return at; }
    Iterator& operator++() { return ++at, *this; }
    bool operator!=(const Iterator& other) const { return at != other.at; }
  };
  int last;
  Iterator begin() const { return {0}; }
  Iterator end() const { return {last}; }
};

// 0, 1, 2 … without an end; counts how many were pulled, if there is a counter.
struct Endless {
  struct Iterator {
    std::atomic<int>* pulled;
    int at;
    int operator*() const { return pulled ? ++*pulled, at : at; }
    Iterator& operator++() { return ++at, *this; }
    bool operator!=(const Iterator&) const { return true; }
  };
  std::atomic<int>* pulled = nullptr;
  Iterator begin() const { return {pulled, 0}; }
  Iterator end() const { return {pulled, 0}; }
};

// The words of a stream: single-pass, each element overwritten by the next.
template <class T>
class Words {
 public:
  explicit Words(std::istream& in) : in_(&in) {}
  std::istream_iterator<T> begin() const { return std::istream_iterator<T>(*in_); }
  std::istream_iterator<T> end() const { return {}; }

 private:
  std::istream* in_;
};

// Elements that belong to somebody else.
template <class T>
struct View {
  std::vector<T>& of;
  auto begin() const { return of.begin(); }
  auto end() const { return of.end(); }
};

// Throws an Oops in place of one element.
struct FailsAt {
  struct Iterator {
    int at;
    int bad;
    int operator*() const {
      if (at == bad) throw Oops(at);
      return at;
    }
    Iterator& operator++() { return ++at, *this; }
    bool operator!=(const Iterator&) const { return true; }
  };
  int bad;
  Iterator begin() const { return {0, bad}; }
  Iterator end() const { return {0, 0}; }
};

// Single-pass, with move-only elements that are made one at a time, and an end of another type.
class Generator {
 public:
  struct End {};
  struct Iterator {
    Generator* of;
    MoveOnly& operator*() const { return *of->current_; }
    Iterator& operator++() { return of->make(), *this; }
    bool operator!=(End) const { return of->current_ != nullptr; }
  };

  explicit Generator(int n) : left_(n) {}
  Iterator begin() { return make(), Iterator{this}; }
  End end() { return {}; }

 private:
  void make() {
    current_ = left_ > 0 ? std::make_unique<MoveOnly>(left_) : nullptr;
    --left_;
  }

  int left_;
  std::unique_ptr<MoveOnly> current_;
};

}  // namespace counted
