// SPDX-License-Identifier: MIT
// What calls may answer while something fails that they need. None of this allocates.
#pragma once

#include "support/test.hpp"

namespace failing {

class Answers {
 public:
  // Any thread.
  void expect(bool right, const char* what) {
    const char* none = nullptr;
    if (!right) wrong_.compare_exchange_strong(none, what);
  }

  // What a call answers that does not get what it needs.
  int refusal = TP_ENOMEM;

  // A call that needs something; true when it got it.
  bool accepted(int status, const char* what) {
    expect(status == TP_OK || status == refusal, what);
    return status == TP_OK;
  }

  // A call that needs nothing.
  void works(int status, const char* what) { expect(status == TP_OK, what); }

  // The first call that answered wrongly.
  std::string wrong() const {
    const char* const what = wrong_;
    return what ? what : "";
  }

 private:
  std::atomic<const char*> wrong_{nullptr};
};

}  // namespace failing
