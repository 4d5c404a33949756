// SPDX-License-Identifier: Apache-2.0
// No exception crosses the public interface: it becomes a status there.
#ifndef EVERTURN_STORE_GUARDED_H_
#define EVERTURN_STORE_GUARDED_H_

#include <exception>
#include <new>
#include <string>

#include "everturn/status.h"

namespace everturn {

// Runs `call`; exceptions become a Status of the same return type. That of out of memory is short
// enough to need no memory of its own.
template <class Call>
auto guarded(Call&& call) -> decltype(call()) {
  try {
    return call();
  } catch (const std::bad_alloc&) {
    return Status(Code::unavailable, "out of memory");
  } catch (const std::exception& error) {
    return Status(Code::io, std::string("internal error: ") + error.what());
  }
}

}  // namespace everturn

#endif  // EVERTURN_STORE_GUARDED_H_
