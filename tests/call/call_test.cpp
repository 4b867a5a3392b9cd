// SPDX-License-Identifier: MIT
// Typed calls: every type as argument and as return, by both ways, and who owns a call.
#include "call/call.h"

#include "support/test.hpp"

using namespace tp::core;

namespace {

struct Made {
  template <class R, class... Args>
  Made(R (*fn)(Args...), const std::string& text) {
    REQUIRE(TypedCall::create(reinterpret_cast<NativeFn>(fn), text.c_str(), call, error) == TP_OK);
    REQUIRE(error == nullptr);
    task = call->task();
  }
  ~Made() { call->release(); }

  bool is_direct() const { return direct_run(call->signature()) != nullptr; }

  TypedCall* call = nullptr;
  Error* error = nullptr;
  tp_task_t task{};
};

// A value between two that must stay as they are.
template <class T>
struct Guarded {
  std::array<unsigned char, 3 * sizeof(T)> bytes;

  Guarded() { bytes.fill(0xa5); }
  void* middle() { return bytes.data() + sizeof(T); }
  bool is_intact() const {
    for (std::size_t i = 0; i < sizeof(T); ++i) {
      if (bytes[i] != 0xa5 || bytes[2 * sizeof(T) + i] != 0xa5) return false;
    }
    return true;
  }
  T value() {
    T value;
    std::memcpy(&value, middle(), sizeof(T));
    return value;
  }
};

template <class T>
T same(T value) {
  return value;
}

template <class T>
T second(char, T value, char) {
  return value;
}

// A function of that many arguments, each of which counts more than the one before.
template <std::size_t... kIndex>
auto weigher(std::index_sequence<kIndex...>) {
  return +[](decltype(unsigned(kIndex))... args) {
    unsigned sum = 0, weight = 0;
    return ((sum += args * ++weight), ...), sum;
  };
}

// Hands a value through a function of one argument, and through one with neighbours.
template <class T>
void hand_through(const std::string& word, T value) {
  INFO(word);
  Guarded<T> out;
  const Made one(same<T>, word + "(" + word + ")");
  CHECK(one.task.item_size == sizeof(T));
  CHECK(one.task.value_size == sizeof(T));
  CHECK(one.task.fn(one.task.ctx, &value, out.middle()) == 0);
  CHECK(out.is_intact());
  CHECK(out.value() == value);

  struct Row3 {
    char before;
    T value;
    char behind;
  } row{};
  std::memset(&row, 0x5a, sizeof row);
  row.value = value;
  Guarded<T> other;
  const Made three(second<T>, word + "(char," + word + ",char)");
  CHECK_FALSE(three.is_direct());
  CHECK(three.task.item_size == sizeof(Row3));
  CHECK(three.task.fn(three.task.ctx, &row, other.middle()) == 0);
  CHECK(other.is_intact());
  CHECK(other.value() == value);
}

template <class T>
void hand_extremes_through(const std::string& word) {
  hand_through<T>(word, std::numeric_limits<T>::max());
  hand_through<T>(word, std::numeric_limits<T>::lowest());
  hand_through<T>(word, T(0));
  hand_through<T>(word, T(1));
}

}  // namespace

TEST_CASE("Every type goes in and comes out as it was, and no byte beside it is written") {
  hand_through<bool>("bool", true);
  hand_through<bool>("bool", false);
  hand_extremes_through<char>("char");
  hand_extremes_through<signed char>("schar");
  hand_extremes_through<unsigned char>("uchar");
  hand_extremes_through<short>("short");
  hand_extremes_through<unsigned short>("ushort");
  hand_extremes_through<int>("int");
  hand_extremes_through<unsigned>("uint");
  hand_extremes_through<long>("long");
  hand_extremes_through<unsigned long>("ulong");
  hand_extremes_through<long long>("llong");
  hand_extremes_through<unsigned long long>("ullong");
  hand_extremes_through<std::int8_t>("int8");
  hand_extremes_through<std::int16_t>("int16");
  hand_extremes_through<std::int32_t>("int32");
  hand_extremes_through<std::int64_t>("int64");
  hand_extremes_through<std::uint8_t>("uint8");
  hand_extremes_through<std::uint16_t>("uint16");
  hand_extremes_through<std::uint32_t>("uint32");
  hand_extremes_through<std::uint64_t>("uint64");
  hand_extremes_through<std::size_t>("size");
  hand_extremes_through<float>("float");
  hand_extremes_through<double>("double");
  int pointed = 0;
  hand_through<void*>("pointer", &pointed);
  hand_through<void*>("pointer", nullptr);
  hand_through<const char*>("string", "text");
}

TEST_CASE("A function without arguments and value gets neither") {
  static int ran;
  ran = 0;
  const Made made(
      +[] { ++ran; }, "void()");
  CHECK(made.task.item_size == 0);
  CHECK(made.task.value_size == 0);
  CHECK(made.task.fn(made.task.ctx, nullptr, nullptr) == 0);
  CHECK(ran == 1);
}

TEST_CASE("Arguments beyond the registers arrive in order") {
  struct Many {
    std::int8_t a;
    double b;
    float c;
    std::int64_t d;
    std::uint16_t e;
    double f, g, h, i, j, k, l, m;
    int n, o, p, q, r, s;
  };
  const auto fn = +[](std::int8_t a, double b, float c, std::int64_t d, std::uint16_t e, double f,
                      double g, double h, double i, double j, double k, double l, double m, int n,
                      int o, int p, int q, int r, int s) {
    return a + 2 * b + 3 * double(c) + 4 * double(d) + 5 * e + 6 * f + 7 * g + 8 * h + 9 * i +
           10 * j + 11 * k + 12 * l + 13 * m + 14 * n + 15 * o + 16 * p + 17 * q + 18 * r + 19 * s;
  };
  const Made made(fn,
                  "double(int8, double, float, int64, uint16, double, double, double, double, "
                  "double, double, double, double, int, int, int, int, int, int)");
  REQUIRE(made.task.item_size == sizeof(Many));
  const Many many{-1, 2.5, 3.5f, 1ll << 40, 65535, 6,  7,  8,  9, 10,
                  11, 12,  13,   14,        15,    16, 17, 18, 19};
  double value = 0;
  CHECK(made.task.fn(made.task.ctx, &many, &value) == 0);
  CHECK(value == fn(many.a, many.b, many.c, many.d, many.e, many.f, many.g, many.h, many.i, many.j,
                    many.k, many.l, many.m, many.n, many.o, many.p, many.q, many.r, many.s));
}

TEST_CASE("As many arguments as there may be arrive") {
  std::string text = "uint(";
  std::array<unsigned, kMostArgs> row{};
  unsigned sum = 0;
  for (std::size_t i = 0; i < kMostArgs; ++i) {
    text += i == 0 ? "uint" : ",uint";
    row[i] = static_cast<unsigned>(i * i);
    sum += row[i] * static_cast<unsigned>(i + 1);
  }
  const Made made(weigher(std::make_index_sequence<kMostArgs>()), text + ")");
  unsigned value = 0;
  REQUIRE(made.task.item_size == sizeof row);
  CHECK(made.task.fn(made.task.ctx, row.data(), &value) == 0);
  CHECK(value == sum);
}

TEST_CASE("A direct call takes several arguments from a row that is not aligned") {
  const Made made(
      +[](unsigned long a, const void* b, unsigned c) {
        return a + reinterpret_cast<std::uintptr_t>(b) + c;
      },
      "ulong(ulong, pointer, uint)");
  REQUIRE(made.is_direct());
  struct {
    unsigned long a;
    const void* b;
    unsigned c;
  } row{1, reinterpret_cast<void*>(20), 300};
  alignas(8) char shifted[sizeof row + 1], out[sizeof(long) + 1];
  std::memcpy(shifted + 1, &row, sizeof row);
  CHECK(made.task.fn(made.task.ctx, shifted + 1, out + 1) == 0);
  unsigned long value;
  std::memcpy(&value, out + 1, sizeof value);
  CHECK(value == 321);
}

TEST_CASE("A C++ exception of the function leaves the call, by both ways") {
  const auto throwing = +[](int x) -> int { throw x; };
  const auto throwing_short = +[](short x) -> int { throw int(x); };
  const int item = 7;
  const short item_short = 7;
  int value = 0;
  const Made direct(throwing, "int(int)");
  CHECK_THROWS_AS(direct.task.fn(direct.task.ctx, &item, &value), int);
  const Made ffi(throwing_short, "int(short)");
  CHECK_THROWS_AS(ffi.task.fn(ffi.task.ctx, &item_short, &value), int);
  CHECK(value == 0);
}

TEST_CASE("A task names its call by its ctx_drop, which gives up an ownership") {
  const Made made(same<int>, "int(int)");
  CHECK(TypedCall::of(made.task) == made.call);
  tp_task_t other = made.task;
  other.ctx_drop = nullptr;
  CHECK(TypedCall::of(other) == nullptr);
  made.call->retain();
  made.task.ctx_drop(made.task.ctx);
  const int item = 5;
  int value = 0;
  CHECK(made.task.fn(made.task.ctx, &item, &value) == 0);
  CHECK(value == 5);
}

TEST_CASE("A signature that is none makes no call, and an error that says why") {
  TypedCall* call = nullptr;
  Error* error = nullptr;
  CHECK(TypedCall::create(reinterpret_cast<NativeFn>(same<int>), "int(foo)", call, error) ==
        TP_EINVAL);
  CHECK(call == nullptr);
  REQUIRE(error != nullptr);
  CHECK(error->status() == TP_EINVAL);
  CHECK(std::string(error->message()) == "column 5: unknown type 'foo'");
  error->release();
}
