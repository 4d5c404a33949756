// SPDX-License-Identifier: Apache-2.0
// The store, the server itself, and what it says of itself to machines.
#include <utility>

#include "base/try.h"
#include "server/api.h"
#include "server/handlers.h"
#include "server/openapi.h"
#include "server/problem.h"
#include "server/reply.h"
#include "views/report_json.h"

namespace everturn::server {

Result<Response> get_store(Api& api, const Call& /*call*/) {
  JsonObject object = store_object(TRY(api.store().info()));
  object.add_bool("served_read_only", api.options().read_only)
      .add_number("max_record_bytes", api.options().max_record_bytes)
      .add_number("max_body_bytes", api.options().max_body_bytes);
  return json_reply(object);
}

Result<Response> get_liveness(Api& /*api*/, const Call& /*call*/) {
  return json_reply(JsonObject("everturn.health_check/1").add("status", "ok"));
}

Result<Response> get_readiness(Api& api, const Call& call) {
  if (!api.is_ready()) {
    return problem(call.request, 503, "unavailable", "the server is about to end");
  }
  CHECK_OK(api.probe_disk());
  return json_reply(JsonObject("everturn.health_check/1").add("status", "ready"));
}

Result<Response> get_metrics(Api& api, const Call& /*call*/) {
  Response response;
  response.set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
  response.body = api.metrics().text();
  return response;
}

Result<Response> get_openapi(Api& /*api*/, const Call& /*call*/) {
  Response response;
  response.set("Content-Type", "application/json").set("Cache-Control", "no-cache");
  response.body = openapi_document();
  return response;
}

}  // namespace everturn::server
