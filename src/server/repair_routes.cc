// SPDX-License-Identifier: Apache-2.0
// Repair: what it would do, do it, take it back.
#include <utility>
#include <vector>

#include "base/try.h"
#include "server/api.h"
#include "server/handlers.h"
#include "server/reply.h"
#include "views/report_json.h"

namespace everturn::server {

Result<Response> plan_repair(Api& api, const Call& call) {
  RepairOptions how;
  how.partial = TRY(call.query.flag("partial"));
  how.in_place = TRY(call.query.flag("in_place"));
  const RepairReport report = TRY(api.store().plan_repair(call.key, how));
  return json_reply(repair_object("key", call.key, report, /*applied=*/false));
}

Result<Response> apply_repair(Api& api, const Call& call) {
  const std::string body = TRY(json_body(call, {"partial", "in_place", "force"}));
  RepairOptions how;
  how.partial = TRY(flag_of(body, "partial"));
  how.in_place = TRY(flag_of(body, "in_place"));
  how.force = TRY(flag_of(body, "force"));
  const RepairReport report = TRY(api.store().repair(call.key, how));
  JsonObject object = repair_object("key", call.key, report, /*applied=*/true);
  if (report.receipt_id.empty()) return json_reply(object);
  api.audit(call, "repair", call.key);
  object.add("receipt", report.receipt_id).add("version", report.version.to_string());
  Response response = json_reply(object);
  response.set("ETag", etag_of(report.version));
  return response;
}

Result<Response> list_repairs(Api& api, const Call& /*call*/) {
  std::vector<std::string> lines;
  for (const RepairReceipt& receipt : TRY(api.store().receipts())) {
    lines.push_back(receipt_object(receipt).text());
  }
  return json_reply(JsonObject("everturn.repairs/1").add_list("repairs", lines));
}

Result<Response> undo_repair(Api& api, const Call& call) {
  const std::string& receipt = call.captures.at("receipt");
  CHECK_OK(api.store().undo_repair(receipt).within("undo the repair " + receipt));
  api.audit(call, "undo_repair", receipt);
  return json_reply(JsonObject("everturn.undo/1").add("receipt", receipt));
}

}  // namespace everturn::server
