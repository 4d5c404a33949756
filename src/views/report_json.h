// SPDX-License-Identifier: Apache-2.0
// What a store reports, as JSON: one object on one line, for the command line and for programs
// elsewhere. Pure functions, any thread.
#ifndef EVERTURN_VIEWS_REPORT_JSON_H_
#define EVERTURN_VIEWS_REPORT_JSON_H_

#include <string>
#include <string_view>

#include "base/json_object.h"
#include "everturn/store.h"

namespace everturn {

// "power", "kernel", "interval".
std::string_view level_name(Level level);

// Without a schema of their own: parts of other objects.
std::string damage_json(const Damage& damage);
std::string note_json(const Note& note);
std::string repair_step_json(const RepairStep& step);

// Of schema everturn.damage/1.
JsonObject damage_object(const Damage& damage);
// Of schema everturn.record/1. A record with NaN or Infinity, which no JSON can hold, is there as a
// string.
JsonObject record_object(const Record& record);
// Of schema everturn.append/1: the reply to append and save.
JsonObject appended_object(std::string_view key, const Appended& reply);
// Of schema everturn.repair/1, up to the steps. `target_name` is "key" or "path".
JsonObject repair_object(std::string_view target_name, std::string_view target,
                         const RepairReport& report, bool applied);
// Of schema everturn.receipt/1.
JsonObject receipt_object(const RepairReceipt& receipt);
std::string_view trash_kind_name(TrashKind kind);  // "session", "records"
JsonObject trash_object(std::string_view schema, const TrashEntry& entry);
// Of schema everturn.store/1.
JsonObject store_object(const StoreInfo& info);

// One word for what verifying came to: "sealed", "unsealed", "head_differs" or a fault's name.
std::string_view seal_status_name(const SealReport& report);
// Of schema everturn.verify/1.
JsonObject verify_object(std::string_view key, const SealReport& report);

// Adds the counts of a reading: damage, bytes in flight, salvaged records.
void add_counts(JsonObject& object, const ReadReport& report);
// Adds the damage and the notes that the report lists.
void add_findings(JsonObject& object, const ReadReport& report);

}  // namespace everturn

#endif  // EVERTURN_VIEWS_REPORT_JSON_H_
