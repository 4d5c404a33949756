// SPDX-License-Identifier: Apache-2.0
#include "everturn/status.h"

namespace everturn {

std::string_view code_name(Code code) {
  switch (code) {
    case Code::ok:
      return "ok";
    case Code::invalid:
      return "invalid";
    case Code::not_found:
      return "not_found";
    case Code::conflict:
      return "conflict";
    case Code::damaged:
      return "damaged";
    case Code::io:
      return "io";
    case Code::unavailable:
      return "unavailable";
  }
  return "unknown";
}

Status Status::within(std::string_view place) const {
  if (ok()) return *this;
  return {code_, std::string(place) + ": " + message_, system_error_};
}

}  // namespace everturn
