// SPDX-License-Identifier: Apache-2.0
// What is left of a record that was cut off, as a record that says so. Pure; any thread.
#ifndef EVERTURN_JOURNAL_PARTIAL_RECORD_H_
#define EVERTURN_JOURNAL_PARTIAL_RECORD_H_

#include <optional>
#include <string>
#include <string_view>

namespace everturn {

// The last member of a record that was closed.
inline constexpr std::string_view kPartialMember = "\"everturn_partial\":true";

// `fragment`, the beginning of a JSON object that ends too early, closed: a text keeps what there
// is of it; a name without its value, a number and a word (which may go on) are dropped; then come
// the mark and the brackets that are missing. nullopt if it is no such beginning, or if no member
// of it is left.
std::optional<std::string> close_partial_record(std::string_view fragment);

}  // namespace everturn

#endif  // EVERTURN_JOURNAL_PARTIAL_RECORD_H_
