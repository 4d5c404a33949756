// SPDX-License-Identifier: Apache-2.0
// What the commands that read share: telling damage, telling that a session is missing.
#ifndef EVERTURN_CLI_READING_H_
#define EVERTURN_CLI_READING_H_

#include <string>
#include <string_view>

#include "cli/context.h"
#include "cli/find_session.h"
#include "everturn/session.h"

namespace everturn::cli {

// "bytes 1042 to 1341: torn: ...", safe to show.
std::string damage_text(const Damage& damage);
std::string note_text(const Note& note);

// Tells of damage, of notes and of an unterminated last line on standard error, one line each, up
// to 20 of damage and of notes.
void report_damage(Context& context, const ReadReport& report);

// Writes a record and its line end, or, with --json, its object; false when standard output is
// gone.
bool write_record(Context& context, const Record& record);

// `not_found` with the command that lists what there is; anything else as it is.
Status with_list_hint(const Context& context, const Status& status);

// Store::read, with that hint.
Result<ReadReport> read_session(Context& context, const FoundSession& session,
                                const ReadOptions& how, const RecordSink& sink);

}  // namespace everturn::cli

#endif  // EVERTURN_CLI_READING_H_
