// SPDX-License-Identifier: Apache-2.0
// TRY(result) is the value of a Result, or returns its Status from the enclosing function. Nothing
// that has to be destroyed may be made before it in the same expression: the return forgets that.
// CHECK_OK(status) returns a Status that is not ok from the enclosing function.
#ifndef EVERTURN_BASE_TRY_H_
#define EVERTURN_BASE_TRY_H_

#include "everturn/status.h"

#define TRY(expression)                                 \
  __extension__({                                       \
    auto try_result_ = (expression);                    \
    if (!try_result_.ok()) return try_result_.status(); \
    *std::move(try_result_);                            \
  })

#define CHECK_OK(expression)                         \
  do {                                               \
    ::everturn::Status check_status_ = (expression); \
    if (!check_status_.ok()) return check_status_;   \
  } while (false)

#endif  // EVERTURN_BASE_TRY_H_
