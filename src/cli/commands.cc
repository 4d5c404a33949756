// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"

namespace everturn::cli {

void add_commands(Command& root, Context& context) {
  for (const auto add :
       {add_append,  add_save,   add_meta,   add_fork,   add_rename,   add_load,   add_show,
        add_history, add_export, add_stats,  add_tail,   add_list,     add_search, add_sources,
        add_version, add_rewind, add_remove, add_trash,  add_undelete, add_purge,  add_doctor,
        add_repair,  add_rescue, add_import, add_backup, add_restore,  add_prune,  add_pack,
        add_unpack,  add_redact, add_verify, add_seal,   add_vacuum,   add_retain, add_cache,
        add_index,   add_du,     add_store,  add_serve,  add_demo}) {
    add(root, context);
  }
}

}  // namespace everturn::cli
