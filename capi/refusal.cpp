// SPDX-License-Identifier: MIT
// Stage 2: the sentences about arguments that are wrong; from capi/*, to result/error.
#include "refusal.h"

#include <algorithm>
#include <cstdio>

#include "tpool/version.h"

namespace tp::capi {
namespace {

const char* name_of(core::HandleTag::Kind kind) noexcept {
  switch (kind) {
    case core::HandleTag::pool:
      return "pool";
    case core::HandleTag::result:
      return "result";
    case core::HandleTag::call:
      return "call";
    case core::HandleTag::completed:
      return "completed";
    case core::HandleTag::promise:
      return "promise";
    case core::HandleTag::group:
      return "group";
  }
  return "handle";
}

/// The names of the flags that are allowed, with a comma between two.
class Names {
 public:
  Names(std::uint32_t allowed, const Flag* known, std::size_t n_known) noexcept {
    for (std::size_t i = 0; i < n_known; ++i)
      if (known[i].bit & allowed) add(known[i].name);
  }
  const char* text() const noexcept { return length_ ? text_ : "none"; }

 private:
  void add(const char* name) noexcept {
    const int added =
        std::snprintf(text_ + length_, sizeof text_ - length_, "%s%s", length_ ? ", " : "", name);
    length_ = std::min(length_ + static_cast<std::size_t>(added), sizeof text_ - 1);
  }

  char text_[400] = "";
  std::size_t length_ = 0;
};

}  // namespace

int refuse_handle(const core::HandleTag* tag, core::HandleTag::Kind kind) {
  const char* const name = name_of(kind);
  if (!tag) return refuse_null(name);
  const int status = tag->check(kind);
  if (status == TP_EFORKED)
    return refuse(status,
                  "%s was made before fork, by the parent of this process, which alone may use it",
                  name);
  return refuse(status, "%s is no handle of a living tp_%s_t: it was freed, or is of another kind",
                name, name);
}

int refuse_struct(const char* name, std::size_t size, std::size_t known) {
  if (size == 0)
    return refuse(TP_EINVAL, "%s.size is 0; it must be the sizeof of the struct", name);
  return refuse(
      TP_EINVAL,
      "%s.size is %zu, and a field behind the first %zu bytes is set; this library, version "
      "%d.%d, does not know that field",
      name, size, known, TP_VERSION_MAJOR, TP_VERSION_MINOR);
}

int refuse_flags(const char* name, std::uint32_t flags, std::uint32_t allowed, const Flag* known,
                 std::size_t n_known) {
  const Names names(allowed, known, n_known);
  return refuse(TP_EINVAL, "%s.flags is 0x%x, and 0x%x of it is not allowed here; allowed: %s",
                name, flags, flags & ~allowed, names.text());
}

int refuse_timeout() {
  return refuse(TP_EINVAL,
                "timeout is NaN; it must be seconds, where 0 polls and TP_FOREVER has no limit");
}

int refuse_null(const char* name) {
  return refuse(TP_EINVAL, "%s is NULL; this call needs one", name);
}

}  // namespace tp::capi
