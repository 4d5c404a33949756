// SPDX-License-Identifier: Apache-2.0
// How a session of a listing is printed: for people, for pipes, as JSON.
#ifndef EVERTURN_CLI_LIST_ROWS_H_
#define EVERTURN_CLI_LIST_ROWS_H_

#include <cstdint>
#include <vector>

#include "cli/context.h"
#include "everturn/listing.h"

namespace everturn::cli {

struct RowStyle {
  bool of_agents = false;  // sessions that agents wrote
  bool in_place = false;   // where their agents find them: they can go on with them
  bool counts = false;     // with --check: records and damage
  std::int64_t now_ns = 0;
};

void print_json_row(const SessionRow& row, const RowStyle& style, Context& context);
// Into a pipe: one line, separated by tabs.
void print_line(const SessionRow& row, const RowStyle& style, Output& output);
// On a terminal: the title, and below it what else is known and how to call the session.
void print_block(const SessionRow& row, const RowStyle& style, Output& output);

}  // namespace everturn::cli

#endif  // EVERTURN_CLI_LIST_ROWS_H_
