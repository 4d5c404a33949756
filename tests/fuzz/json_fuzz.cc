// SPDX-License-Identifier: Apache-2.0
// Any bytes: the grammar against simdjson, and the members of whatever turns out to be an object.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/json_property.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static everturn::JsonProperty property;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const char padding_byte = size == 0 ? ' ' : text.back();
  const std::string complaint = property.complaint(text, padding_byte);
  if (complaint.empty()) return 0;
  std::fprintf(stderr, "%s\n", complaint.c_str());
  std::abort();
}
