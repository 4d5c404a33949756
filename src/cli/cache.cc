// SPDX-License-Identifier: Apache-2.0
// everturn cache: what is kept of a store's sessions so that listings are fast.
#include <memory>

#include "base/json_object.h"
#include "base/try.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/list_query.h"
#include "cli/sizes.h"
#include "everturn/listing.h"
#include "everturn/search.h"

namespace everturn::cli {
namespace {

void print_info(const CatalogInfo& info, Context& context) {
  if (context.json()) {
    JsonObject object("everturn.cache/1");
    object.add("path", info.path)
        .add_number("bytes", info.bytes)
        .add_number("sessions", info.sessions)
        .add_number("examined", info.examined)
        .add("problem", info.problem);
    return context.print(object);
  }
  Table table({{"CATALOG"}, {"SIZE", true}, {"SESSIONS", true}, {"EXAMINED", true}, {"PROBLEM"}});
  table.add({info.path.empty() ? "none" : printable(info.path),
             size_cell(info.bytes, context.output()), std::to_string(info.sessions),
             std::to_string(info.examined), printable(info.problem)});
  table.print(context.output());
}

Result<int> run_info(Context& context) {
  Catalog catalog(*TRY(context.reading_store()));
  print_info(TRY(catalog.info()), context);
  return kExitOk;
}

Result<int> run_clear(Context& context) {
  Store* store = TRY(context.reading_store());
  Catalog catalog(*store);
  CHECK_OK(catalog.clear());
  CHECK_OK(clear_search_index(*store));
  if (context.json()) {
    print_info(TRY(catalog.info()), context);
  } else {
    context.output().say("cleared; the next listing reads the sessions again");
  }
  return kExitOk;
}

Result<int> run_rebuild(bool whole, Context& context) {
  Store* store = TRY(context.reading_store());
  Catalog catalog(*store);
  CHECK_OK(catalog.clear());
  ListQuery query;
  query.with_parts = true;
  query.examine_bytes = whole ? UINT64_MAX : 0;
  TRY(ask_catalog(*store, query, context));
  print_info(TRY(catalog.info()), context);
  return kExitOk;
}

}  // namespace

void add_cache(Command& root, Context& context) {
  Command cache =
      root.add_command("cache", "The catalog that makes listings fast", kLookAfterGroup);
  cache.footer(
      "Titles, sizes and health of the sessions, in .everturn/cache of a store, else in the "
      "user's\n"
      "cache folder. Nothing is lost with it: a listing compares it with the folder, and reads "
      "what\n"
      "is not in it.");
  Command info = cache.add_command("info", "Where it lies, and what is in it", "Commands");
  info.action([&context] { return run_info(context); });
  Command clear = cache.add_command("clear", "Delete it, and the index of search", "Commands");
  clear.action([&context] { return run_clear(context); });
  auto whole = std::make_shared<bool>(false);
  Command rebuild = cache.add_command("rebuild", "Delete it, and make it anew", "Commands");
  rebuild.flag("--check", *whole, "Also read each session whole, for its health");
  rebuild.action([whole, &context] { return run_rebuild(*whole, context); });
}

}  // namespace everturn::cli
