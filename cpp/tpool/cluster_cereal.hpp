// SPDX-License-Identifier: MIT
// Codecs of all that cereal serializes. Empty where cereal is not installed. Since 1.2.
#ifndef TPOOL_CLUSTER_CEREAL_HPP
#define TPOOL_CLUSTER_CEREAL_HPP

#include "detail/prologue.hpp"

#if __has_include(<cereal/archives/binary.hpp>)
#include <cereal/archives/binary.hpp>

#include <istream>
#include <ostream>
#include <streambuf>

#include "codec.hpp"

namespace tp::v1 {
namespace detail {

// What cereal writes goes to the packer.
class PackingBuffer final : public std::streambuf {
 public:
  explicit PackingBuffer(Packer& to) noexcept : to_(to) {}

 protected:
  std::streamsize xsputn(const char* from, std::streamsize count) override {
    to_.bytes(from, static_cast<std::size_t>(count));
    return count;
  }

 private:
  Packer& to_;
};

// What cereal reads comes from the unpacker, which throws when there is no more.
class UnpackingBuffer final : public std::streambuf {
 public:
  explicit UnpackingBuffer(Unpacker& from) noexcept : from_(from) {}

 protected:
  std::streamsize xsgetn(char* to, std::streamsize count) override {
    std::memcpy(to, from_.bytes(static_cast<std::size_t>(count)), static_cast<std::size_t>(count));
    return count;
  }

 private:
  Unpacker& from_;
};

// Types of which codec.hpp knows what to do with their elements.
template <class T>
inline constexpr bool is_of_codecs = std::is_same_v<T, std::string>;
template <class T>
inline constexpr bool is_of_codecs<std::vector<T>> = true;
template <class T, std::size_t n>
inline constexpr bool is_of_codecs<std::array<T, n>> = true;
template <class First, class Second>
inline constexpr bool is_of_codecs<std::pair<First, Second>> = true;
template <class... T>
inline constexpr bool is_of_codecs<std::tuple<T...>> = true;
template <class T>
inline constexpr bool is_of_codecs<std::optional<T>> = true;

// Does cereal write a T, and read one into a T that is there? Of a pointer it claims so, but then does not compile.
template <class T>
inline constexpr bool is_cereals =
    !is_plain<T> && !std::is_pointer_v<T> && !is_of_codecs<T> &&
    std::is_default_constructible_v<T> &&
    ::cereal::traits::is_output_serializable<T, ::cereal::BinaryOutputArchive>::value &&
    ::cereal::traits::is_input_serializable<T, ::cereal::BinaryInputArchive>::value;

}  // namespace detail

// Of a type with a serialize function, or a save and a load function, as cereal's pages describe them. For types of the
// standard library, include cereal's header for them, too, as <cereal/types/map.hpp>. A codec for a type of your own
// that cereal knows, too, is a specialization codec<T>, which comes before this one.
template <class T>
struct codec<T, std::enable_if_t<detail::is_cereals<T>>> {
  static void pack(const T& object, Packer& to) {
    detail::PackingBuffer buffer(to);
    std::ostream stream(&buffer);
    ::cereal::BinaryOutputArchive archive(stream);
    archive(object);
  }
  static T unpack(Unpacker& from) {
    detail::UnpackingBuffer buffer(from);
    std::istream stream(&buffer);
    T object{};
    ::cereal::BinaryInputArchive archive(stream);
    archive(object);
    return object;
  }
};

}  // namespace tp::v1

#endif

#include "detail/epilogue.hpp"

#endif
