// SPDX-License-Identifier: Apache-2.0
// everturn index: makes searching large stores faster.
#include "base/json_object.h"
#include "base/try.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/signals.h"
#include "everturn/search.h"
#include "views/blocks.h"

namespace everturn::cli {
namespace {

Result<int> run_index(Context& context) {
  const StopSignals signals;
  Store* store = TRY(context.reading_store());
  IndexOptions options;
  options.stop = [] { return StopSignals::received() != 0; };
  Result<IndexReport> done = IndexReport();
  {
    Progress progress(context.output());
    options.progress = [&](const SearchProgress& so_far) {
      progress.show("indexing " + std::to_string(so_far.sessions) + " of " +
                    counted(so_far.sessions_total, "session"));
    };
    done = update_search_index(*store, options);
  }
  const IndexReport report = TRY(std::move(done));
  if (context.json()) {
    context.print(JsonObject("everturn.index/1")
                      .add_number("sessions", report.sessions)
                      .add_number("bytes", report.bytes)
                      .add_number("added_bytes", report.added_bytes)
                      .add_number("left_sessions", report.left_sessions)
                      .add_bool("stopped", report.stopped));
    return kExitOk;
  }
  Output& output = context.output();
  output.say("indexed: " + counted(report.sessions, "session") + ", " +
             readable_size(report.bytes) + ", of them " + readable_size(report.added_bytes) +
             " now");
  if (report.left_sessions > 0) {
    output.note("note: " + counted(report.left_sessions, "session") +
                " searched without it: compressed, one document, padded, or just written");
  }
  if (report.stopped) output.note("note: stopped; the next run goes on from here");
  return kExitOk;
}

}  // namespace

void add_index(Command& root, Context& context) {
  Command command =
      root.add_command("index", "Make searching a large store faster", kLookAfterGroup);
  command.footer(
      "Notes for each stretch of each session which words it cannot hold; search then passes it\n"
      "over. That pays where there is more than fits into memory. The index lies in the store's\n"
      "cache, or in yours for agents' sessions, takes about a twentieth of their size, and may be\n"
      "deleted at any time: every hit is found without it too. Run it again for what is new; "
      "above\n"
      "2 GiB search itself goes on with it, for a second each time.");
  command.action([&context] { return run_index(context); });
}

}  // namespace everturn::cli
