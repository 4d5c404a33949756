// SPDX-License-Identifier: Apache-2.0
// The handlers of all routes, by the file that has them. Each may block, and may be called by any
// number of threads.
#ifndef EVERTURN_SERVER_HANDLERS_H_
#define EVERTURN_SERVER_HANDLERS_H_

#include "server/route.h"

namespace everturn::server {

// session_routes.cc
Result<Response> list_sessions(Api& api, const Call& call);
Result<Response> get_session(Api& api, const Call& call);
Result<Response> patch_session(Api& api, const Call& call);
Result<Response> delete_session(Api& api, const Call& call);
// record_routes.cc
Result<Response> get_records(Api& api, const Call& call);
Result<Response> get_index(Api& api, const Call& call);
Result<Response> get_bytes(Api& api, const Call& call);
// append_routes.cc
Result<Response> append_records(Api& api, const Call& call);
std::vector<Result<Response>> append_each(Api& api, std::span<const Call> calls);
Result<Response> save_records(Api& api, const Call& call);
// change_routes.cc
Result<Response> fork_session(Api& api, const Call& call);
Result<Response> rename_session(Api& api, const Call& call);
Result<Response> rewind_session(Api& api, const Call& call);
Result<Response> list_trash(Api& api, const Call& call);
Result<Response> undelete_entry(Api& api, const Call& call);
Result<Response> purge_entry(Api& api, const Call& call);
// repair_routes.cc
Result<Response> plan_repair(Api& api, const Call& call);
Result<Response> apply_repair(Api& api, const Call& call);
Result<Response> list_repairs(Api& api, const Call& call);
Result<Response> undo_repair(Api& api, const Call& call);
// view_routes.cc
Result<Response> get_history(Api& api, const Call& call);
Result<Response> get_health(Api& api, const Call& call);
Result<Response> get_stats(Api& api, const Call& call);
Result<Response> get_all_stats(Api& api, const Call& call);
Result<Response> export_file(Api& api, const Call& call);
// search_routes.cc
Result<Response> search_sessions(Api& api, const Call& call);
Result<Response> verify_session(Api& api, const Call& call);
// outline_routes.cc
Result<Response> get_outline(Api& api, const Call& call);
Result<Response> get_blocks(Api& api, const Call& call);
// event_routes.cc
Result<Response> follow_session(Api& api, const Call& call);
Result<Response> follow_store(Api& api, const Call& call);
// store_routes.cc
Result<Response> get_store(Api& api, const Call& call);
Result<Response> get_liveness(Api& api, const Call& call);
Result<Response> get_readiness(Api& api, const Call& call);
Result<Response> get_metrics(Api& api, const Call& call);
Result<Response> get_openapi(Api& api, const Call& call);
// page_routes.cc
Result<Response> log_in(Api& api, const Call& call);
Result<Response> make_login(Api& api, const Call& call);
Result<Response> get_page(Api& api, const Call& call);
Result<Response> get_asset(Api& api, const Call& call);

}  // namespace everturn::server

#endif  // EVERTURN_SERVER_HANDLERS_H_
