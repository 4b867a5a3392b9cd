// SPDX-License-Identifier: MIT
// How objects become bytes, to cross between the ranks of a ClusterPool.
#ifndef TPOOL_CODEC_HPP
#define TPOOL_CODEC_HPP

#include "detail/prologue.hpp"

#include <tpool/task.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace tp::v1 {

// How a T becomes bytes and comes back. There for trivially copyable types that are no pointers,
// references or views, and for std::string, vector, array, pair, tuple and optional of such types.
// Nobody can see a pointer inside a struct: it means nothing in another rank. For other types,
// specialize it with two functions:
//
//     static void pack(const T& object, tp::Packer& to);
//     static T unpack(tp::Unpacker& from);
//
// Since 1.2.
template <class T, class Enable = void>
struct codec;

// Takes the bytes of objects.
class Packer {
 public:
  Packer(void* to, std::size_t room) noexcept : to_(static_cast<char*>(to)), room_(room) {}

  void bytes(const void* from, std::size_t count) noexcept {
    if (count != 0 && size_ <= room_ && count <= room_ - size_)
      std::memcpy(to_ + size_, from, count);
    size_ += count;
  }
  template <class T>
  void put(const T& object) {
    codec<T>::pack(object, *this);
  }
  // How many bytes there are, whether they fit or not.
  std::size_t size() const noexcept { return size_; }

 private:
  char* to_;
  std::size_t room_;
  std::size_t size_ = 0;
};

// Gives the bytes of objects back. Throws std::out_of_range when there are no more.
class Unpacker {
 public:
  Unpacker(const void* from, std::size_t count) noexcept
      : at_(static_cast<const char*>(from)), left_(count) {}

  const char* bytes(std::size_t count) {
    if (count > left_) throw std::out_of_range("an object has fewer bytes than it says");
    const char* const from = at_;
    at_ += count;
    left_ -= count;
    return from;
  }
  template <class T>
  T get() {
    return codec<T>::unpack(*this);
  }
  std::size_t left() const noexcept { return left_; }

 private:
  const char* at_;
  std::size_t left_;
};

namespace detail {

// Views of memory that another rank doesn't have, although they are trivially copyable.
template <class T, class = void>
inline constexpr bool is_view = false;
template <class T>
inline constexpr bool is_view<std::reference_wrapper<T>> = true;
template <class T>  // std::basic_string_view, std::span and the like
inline constexpr bool
    is_view<T, std::enable_if_t<std::is_pointer_v<decltype(std::declval<const T&>().data())> &&
                                std::is_trivially_copyable_v<T> && !std::is_array_v<T> &&
                                sizeof(T) <= 2 * sizeof(void*)>> = true;
template <class T, std::size_t n>
inline constexpr bool is_view<std::array<T, n>> = false;

// Is an object its bytes?
template <class T>
inline constexpr bool is_plain =
    std::is_trivially_copyable_v<T> && !std::is_pointer_v<T> && !std::is_member_pointer_v<T> &&
    !std::is_null_pointer_v<T> && !is_view<T>;
template <class T, std::size_t n>
inline constexpr bool is_plain<std::array<T, n>> = is_plain<T>;
template <class T>
inline constexpr bool is_plain<std::optional<T>> = is_plain<T>;
template <class... T>
inline constexpr bool is_plain<std::variant<T...>> = (... && is_plain<T>);

template <class T, class = void>
inline constexpr bool has_codec = false;
template <class T>
inline constexpr bool has_codec<T, std::void_t<decltype(sizeof(codec<T>))>> = true;

}  // namespace detail

template <class T>
struct codec<T, std::enable_if_t<detail::is_plain<T>>> {
  static void pack(const T& object, Packer& to) { to.bytes(&object, sizeof object); }
  static T unpack(Unpacker& from) {
    alignas(T) unsigned char object[sizeof(T)];
    std::memcpy(object, from.bytes(sizeof(T)), sizeof(T));
    return *std::launder(reinterpret_cast<T*>(object));
  }
};

template <>
struct codec<std::string> {
  static void pack(const std::string& text, Packer& to) {
    to.put(std::uint64_t{text.size()});
    to.bytes(text.data(), text.size());
  }
  static std::string unpack(Unpacker& from) {
    const auto size = static_cast<std::size_t>(from.get<std::uint64_t>());
    return std::string(from.bytes(size), size);
  }
};

template <class T>
struct codec<std::vector<T>, std::enable_if_t<detail::has_codec<T>>> {
  static void pack(const std::vector<T>& all, Packer& to) {
    to.put(std::uint64_t{all.size()});
    for (const T& each : all) to.put(each);
  }
  static std::vector<T> unpack(Unpacker& from) {
    std::vector<T> all;
    auto left = from.get<std::uint64_t>();
    if (left <= from.left()) all.reserve(static_cast<std::size_t>(left));
    for (; left != 0; --left) all.push_back(from.get<T>());
    return all;
  }
};

template <class T, std::size_t n>
struct codec<std::array<T, n>, std::enable_if_t<!detail::is_plain<T> && detail::has_codec<T>>> {
  static void pack(const std::array<T, n>& all, Packer& to) {
    for (const T& each : all) to.put(each);
  }
  static std::array<T, n> unpack(Unpacker& from) {
    return made(from, std::make_index_sequence<n>());
  }

 private:
  template <std::size_t... i>
  static std::array<T, n> made(Unpacker& from, std::index_sequence<i...>) {
    return {{(static_cast<void>(i), from.get<T>())...}};
  }
};

template <class First, class Second>
struct codec<std::pair<First, Second>,
             std::enable_if_t<!detail::is_plain<std::pair<First, Second>> &&
                              detail::has_codec<First> && detail::has_codec<Second>>> {
  static void pack(const std::pair<First, Second>& both, Packer& to) {
    to.put(both.first);
    to.put(both.second);
  }
  static std::pair<First, Second> unpack(Unpacker& from) {
    First first = from.get<First>();
    return {std::move(first), from.get<Second>()};
  }
};

template <class... T>
struct codec<std::tuple<T...>, std::enable_if_t<!detail::is_plain<std::tuple<T...>> &&
                                                (... && detail::has_codec<T>)>> {
  static void pack(const std::tuple<T...>& all, Packer& to) {
    std::apply([&to](const T&... each) { (to.put(each), ...); }, all);
  }
  static std::tuple<T...> unpack(Unpacker& from) {
    return std::tuple<T...>{from.get<T>()...};  // braces: from left to right
  }
};

template <class T>
struct codec<std::optional<T>,
             std::enable_if_t<!detail::is_plain<std::optional<T>> && detail::has_codec<T>>> {
  static void pack(const std::optional<T>& one, Packer& to) {
    to.put(one.has_value());
    if (one) to.put(*one);
  }
  static std::optional<T> unpack(Unpacker& from) {
    if (!from.get<bool>()) return std::nullopt;
    return from.get<T>();
  }
};

namespace detail {

// The functions of a tp_codec_t. No exception leaves them.
template <class T>
struct CodecCalls {
  static std::size_t pack(const void* object, void* to, std::size_t room) {
    try {
      Packer packer(to, room);
      packer.put(*static_cast<const T*>(object));
      return packer.size();
    } catch (...) {
      return SIZE_MAX;
    }
  }
  static int unpack(void* object, const void* from, std::size_t bytes) {
    try {
      Unpacker unpacker(from, bytes);
      ::new (object) T(unpacker.get<T>());
      return 0;
    } catch (...) {
      return 1;
    }
  }
  static void drop(void* object) { static_cast<T*>(object)->~T(); }

  [[gnu::visibility("hidden")]] static constexpr tp_codec_t kCodec{sizeof(tp_codec_t), pack, unpack,
                                                                   drop};
};

// The codec of a C task; NULL where objects are their bytes.
template <class T>
constexpr const tp_codec_t* codec_for() {
  static_assert(has_codec<T>,
                "this type can't cross between ranks: it has no tp::codec<T>. Pointers, references "
                "and views mean "
                "nothing in another rank; for a type of your own specialize tp::codec");
  if constexpr (is_plain<T> || !has_codec<T>) {
    return nullptr;
  } else {
    return &CodecCalls<T>::kCodec;
  }
}

}  // namespace detail
}  // namespace tp::v1

#include "detail/epilogue.hpp"

#endif
