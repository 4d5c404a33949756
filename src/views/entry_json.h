// SPDX-License-Identifier: Apache-2.0
// What a record says, as JSON. Pure functions, any thread.
#ifndef EVERTURN_VIEWS_ENTRY_JSON_H_
#define EVERTURN_VIEWS_ENTRY_JSON_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "base/json_object.h"
#include "everturn/entry.h"
#include "everturn/session.h"

namespace everturn {

// An object with kind, name, call_id, time, model, text and flags. Texts are decoded. Of a longer
// text `max_text` bytes are there, to the last whole character, and text_bytes, its whole length.
JsonObject entry_object(const Entry& entry, std::size_t max_text = SIZE_MAX);
// Of schema everturn.readable/1: the record's position and its entries.
JsonObject readable_object(std::string_view dialect, const Record& record);

}  // namespace everturn

#endif  // EVERTURN_VIEWS_ENTRY_JSON_H_
