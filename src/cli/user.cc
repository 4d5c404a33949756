// SPDX-License-Identifier: Apache-2.0
#include "cli/user.h"

#include <pwd.h>
#include <unistd.h>

#include "base/try.h"
#include "base/utf8.h"
#include "everturn/listing.h"
#include "everturn/search.h"

namespace everturn::cli {

std::string who() {
  const uid_t id = ::getuid();
  const passwd* const entry = ::getpwuid(id);
  return "uid " + std::to_string(id) +
         (entry == nullptr ? "" : " (" + printable(entry->pw_name) + ")");
}

Status forget_in_agents(Store& store, Context& context) {
  const StoreInfo info = TRY(store.info());
  if (info.folder == "own") return {};
  Store* const agents = TRY(context.agents());
  CHECK_OK(Catalog(*agents).clear());
  return clear_search_index(*agents);
}

}  // namespace everturn::cli
