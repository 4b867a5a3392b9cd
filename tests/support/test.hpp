// SPDX-License-Identifier: MIT
// What nearly every test needs: Catch2, the public C headers, the helpers of this folder, and the headers of
// the system and of the standard library that tests are made with.
#pragma once

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <tpool/tpool.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cmath>
#include <condition_variable>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <numeric>
#include <optional>
#include <ostream>
#include <random>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/busy.hpp"
#include "support/catch.hpp"
#include "support/child.hpp"
#include "support/completed.hpp"
#include "support/cpus.hpp"
#include "support/done.hpp"
#include "support/gate.hpp"
#include "support/live.hpp"
#include "support/pool.hpp"
#include "support/sanitizer.hpp"
#include "support/submit.hpp"
#include "support/task.hpp"
#include "support/threads.hpp"
