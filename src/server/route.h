// SPDX-License-Identifier: Apache-2.0
// The table of routes: what is answered, by whom, and for whom. The documents for machines are made
// of it, so what is not in it is neither answered nor described.
#ifndef EVERTURN_SERVER_ROUTE_H_
#define EVERTURN_SERVER_ROUTE_H_

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/http.h"
#include "server/target.h"
#include "server/tokens.h"

namespace everturn::server {

class Api;

// A request that was let in.
struct Call {
  const Request& request;
  const Query& query;
  std::map<std::string, std::string> captures;  // of the path, decoded: {"id", "dGVs…"}
  std::string key;                              // of the session, where the route names one
  std::string who;                              // "write token", "unix socket": for the audit
};

using Handler = Result<Response> (*)(Api& api, const Call& call);
// Answers each; all are on the same session.
using GroupHandler = std::vector<Result<Response>> (*)(Api& api, std::span<const Call> calls);

// `kind`: "string", "integer", "boolean", or the words that are taken: "newest|key".
struct Parameter {
  std::string_view name;
  std::string_view kind;
  std::string_view help;
};

struct Route {
  std::string_view method;
  std::string_view path;  // "/v1/sessions/{id}"
  std::string_view operation;
  Scope scope = Scope::read;
  Handler handler = nullptr;
  std::string_view summary;
  std::string_view takes;  // media type of the body, "" for none
  std::string_view gives;  // schema, "everturn.append/1", or media type; "" for nothing
  int success = 200;
  std::vector<Parameter> query;
  bool is_kept = false;             // small replies may be kept while their session stays as it is
  GroupHandler together = nullptr;  // calls that come at the same time may be answered together
};

std::span<const Route> routes();

// A path that fits no route has neither; one that fits, but not by its method, has `allowed`.
struct Match {
  const Route* route = nullptr;
  std::map<std::string, std::string> captures;
  std::string allowed;  // "GET, HEAD, POST"
};
// HEAD is answered by the route of GET.
Match find_route(std::string_view method, const std::vector<std::string>& path);

}  // namespace everturn::server

#endif  // EVERTURN_SERVER_ROUTE_H_
