// SPDX-License-Identifier: Apache-2.0
#include "server/api.h"

#include <algorithm>
#include <charconv>
#include <exception>
#include <new>
#include <utility>

#include "base/base64url.h"
#include "base/json_object.h"
#include "base/session_name.h"
#include "base/time_text.h"
#include "base/try.h"
#include "server/page_cache.h"
#include "server/problem.h"

namespace everturn::server {
namespace {

constexpr std::uint64_t kSmallBodyBytes = 64 << 10;  // of JSON that tells what to do
constexpr std::string_view kRecords = "application/x-ndjson";

bool is_unsafe(std::string_view method) { return method != "GET" && method != "HEAD"; }

// The value of our cookie.
std::string_view cookie_of(const Request& request, std::string_view name) {
  std::string_view cookies = request.header("Cookie").value_or("");
  while (!cookies.empty()) {
    const std::size_t end = std::min(cookies.find(';'), cookies.size());
    std::string_view one = cookies.substr(0, end);
    cookies.remove_prefix(std::min(end + 1, cookies.size()));
    while (one.starts_with(' ')) one.remove_prefix(1);
    if (one.starts_with(name) && one.substr(name.size()).starts_with('=')) {
      return one.substr(name.size() + 1);
    }
  }
  return {};
}

std::string_view bearer_of(const Request& request) {
  constexpr std::string_view kScheme = "bearer ";
  const std::string_view value = request.header("Authorization").value_or("");
  if (!equal_ignoring_case(value.substr(0, kScheme.size()), kScheme)) return {};
  return value.substr(kScheme.size());
}

// "text/plain" of "text/plain; charset=utf-8".
std::string media_type(std::string_view value) {
  value = value.substr(0, value.find(';'));
  while (value.ends_with(' ')) value.remove_suffix(1);
  return lower_case(value);
}

Status check_query(const Route& route, const Query& query, bool has_id) {
  for (const auto& parameter : query.all()) {
    const std::string& name = parameter.first;  // clang has no captures of structured bindings
    if (name == "key" && has_id) continue;
    const bool known = std::any_of(route.query.begin(), route.query.end(),
                                   [&](const Parameter& one) { return one.name == name; });
    if (!known) {
      return {Code::invalid, "there is no parameter \"" + name + "\" here"};
    }
  }
  return {};
}

// The key that the path or the query names.
Result<std::string> session_key(const std::string& id, const Query& query) {
  std::optional<std::string> key = query.text("key");
  if (id == "-") {
    if (!key) return Status(Code::invalid, "/v1/sessions/- needs the parameter key");
  } else {
    if (key) return Status(Code::invalid, "the session is named twice; key goes with /sessions/-");
    key = base64url_decode(id);
    if (!key) {
      return Status(Code::not_found,
                    "no session has this id; it is base64url of the key, without padding");
    }
  }
  CHECK_OK(check_key(*key));
  return *std::move(key);
}

Call call_of(const Request& request, const Admitted& admitted) {
  return {request, admitted.target.query, admitted.captures, admitted.key, admitted.who};
}

Response thrown(const Request& request, const std::exception& error) {
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) {
    return problem(request, Status(Code::unavailable, "out of memory"));
  }
  return problem(request, Status(Code::io, std::string("internal error: ") + error.what()));
}

}  // namespace

Api::Api(Parts parts, ApiOptions options)
    : parts_(std::move(parts)),
      options_(std::move(options)),
      probe_(parts_.fs, options_.probe_folder),
      catalog_(parts_.store) {
  set_hosts(std::move(options_.hosts));
}

void Api::set_hosts(std::vector<std::string> hosts) {
  for (std::string& host : hosts) host = lower_case(host);
  options_.hosts = std::move(hosts);
}

bool Api::is_own_host(std::string_view host) const {
  const std::string lowered = lower_case(host);
  return std::find(options_.hosts.begin(), options_.hosts.end(), lowered) != options_.hosts.end();
}

// A page of another origin, or one that was led here under another name, is not answered.
std::optional<Response> Api::check_origin(const Request& request) const {
  if (request.transport == Transport::unix_socket) return std::nullopt;
  if (request.count("Host") != 1) {
    return problem(request, 400, "invalid", "a request needs one Host");
  }
  const std::optional<std::string_view> host = request.header("Host");
  if (!is_own_host(*host)) {
    return problem(request, 403, "forbidden",
                   "the server is not called so; --host NAME lets further names in");
  }
  if (request.count("Origin") > 0) {
    const std::string_view origin = request.header("Origin").value_or("");
    const std::size_t scheme_end = origin.find("://");
    const bool own = scheme_end != std::string_view::npos &&
                     equal_ignoring_case(origin.substr(scheme_end + 3), *host);
    if (!own) return problem(request, 403, "forbidden", "pages of other origins are not answered");
  }
  // A browser's cookie comes along with requests that the user never meant.
  const std::string_view site = request.header("Sec-Fetch-Site").value_or("same-origin");
  if (is_unsafe(request.method) && site != "same-origin" && site != "none") {
    return problem(request, 403, "forbidden", "pages of other sites are not answered");
  }
  return std::nullopt;
}

std::optional<Response> Api::check_scope(const Request& request, const Route& route,
                                         std::string& who) const {
  if (request.transport == Transport::unix_socket) {
    who = "unix socket";
  } else if (route.scope != Scope::none) {
    const bool has_bearer = request.count("Authorization") > 0;
    const std::string_view token =
        has_bearer ? bearer_of(request) : cookie_of(request, options_.cookie);
    const Scope scope = token.empty() ? Scope::none : parts_.tokens.scope_of(token);
    if (scope == Scope::none) {
      Response response = problem(request, 401, "unauthorized",
                                  "a token is needed: Authorization: Bearer TOKEN, of the token "
                                  "file that the server named when it began");
      response.set("WWW-Authenticate", "Bearer realm=\"everturn\"");
      return response;
    }
    if (scope < route.scope) {
      return problem(request, 403, "forbidden",
                     "the token allows " + std::string(scope_name(scope)) + ", and this needs " +
                         std::string(scope_name(route.scope)));
    }
    who = std::string(scope_name(scope)) + (has_bearer ? " token" : " browser");
  }
  if (options_.read_only && route.scope >= Scope::write) {
    return problem(request, 403, "forbidden", "the store is served for reading only");
  }
  return std::nullopt;
}

std::optional<Response> Api::check_body(const Request& request, const Route& route) const {
  const std::uint64_t limit = route.takes == kRecords ? options_.max_body_bytes : kSmallBodyBytes;
  if (const auto length = request.header("Content-Length")) {
    std::uint64_t size = 0;
    const auto result = std::from_chars(length->data(), length->data() + length->size(), size);
    if (result.ec != std::errc() || size > limit) {
      return problem(request, 413, "too_large",
                     "the body may have " + std::to_string(limit) + " bytes");
    }
    if (size == 0) return std::nullopt;
  } else if (request.count("Transfer-Encoding") == 0) {
    return std::nullopt;
  }
  const std::string type = media_type(request.header("Content-Type").value_or(""));
  // curl calls whatever it sends a form, and a page of another origin may send only that or text.
  const bool fits = type == route.takes || (request.transport == Transport::tcp && type.empty()) ||
                    (route.takes == kRecords && type == "application/jsonl");
  const bool from_curl = type == "application/x-www-form-urlencoded" && !route.takes.empty() &&
                         request.count("Origin") == 0 && request.count("Authorization") > 0;
  const bool local = request.transport == Transport::unix_socket;
  if (fits || from_curl || local || route.takes.empty()) return std::nullopt;
  return problem(request, 415, "invalid", "the body must be " + std::string(route.takes));
}

std::variant<Admitted, Response> Api::admit(const Request& request) const {
  if (auto refused = check_origin(request)) return *std::move(refused);
  Result<Target> target = parse_target(request.target);
  if (!target.ok()) return problem(request, target.status());
  Match match = find_route(request.method, target->path);
  if (match.route == nullptr && match.allowed.empty()) {
    return problem(request, 404, "not_found", "there is nothing at this path; see /openapi.json");
  }
  if (match.route == nullptr) {
    Response response =
        problem(request, 405, "method_not_allowed", "this path takes " + match.allowed);
    response.set("Allow", match.allowed);
    return response;
  }
  Admitted admitted;
  admitted.route = match.route;
  if (auto refused = check_scope(request, *match.route, admitted.who)) return *std::move(refused);
  if (auto refused = check_body(request, *match.route)) return *std::move(refused);
  const auto id = match.captures.find("id");
  const bool has_id = id != match.captures.end();
  if (const Status status = check_query(*match.route, target->query, has_id); !status.ok()) {
    return problem(request, status);
  }
  if (has_id) {
    Result<std::string> key = session_key(id->second, target->query);
    if (!key.ok()) return problem(request, key.status());
    admitted.key = *std::move(key);
  }
  admitted.target = *std::move(target);
  admitted.captures = std::move(match.captures);
  admitted.max_body_bytes =
      match.route->takes == kRecords ? options_.max_body_bytes : kSmallBodyBytes;
  return admitted;
}

PageCache* Api::cache_of(const Request& request, const Route& route) const {
  if (!route.is_kept || parts_.caches.empty()) return nullptr;
  return parts_.caches[request.thread % parts_.caches.size()];
}

std::shared_ptr<const Response> Api::known(const Request& request, const Admitted& admitted) const {
  PageCache* const cache = cache_of(request, *admitted.route);
  return cache == nullptr ? nullptr : cache->find(request.target);
}

Response Api::handle(const Request& request, const Admitted& admitted) {
  const Call call = call_of(request, admitted);
  PageCache* const cache = cache_of(request, *admitted.route);
  if (cache == nullptr) return handle_call(call, *admitted.route);
  const std::uint64_t begun = cache->begin();
  Response response = handle_call(call, *admitted.route);
  cache->put(request.target, admitted.key, response, begun);
  return response;
}

Response Api::handle_call(const Call& call, const Route& route) {
  try {
    Result<Response> response = route.handler(*this, call);
    if (!response.ok()) return problem(call.request, response.status());
    return *std::move(response);
  } catch (const std::exception& error) {
    return thrown(call.request, error);
  }
}

void Api::handle_together(std::span<Asked> asked) {
  try {
    std::vector<Call> calls;
    calls.reserve(asked.size());
    for (const Asked& one : asked) calls.push_back(call_of(*one.request, *one.admitted));
    std::vector<Result<Response>> responses = asked.front().admitted->route->together(*this, calls);
    for (std::size_t i = 0; i < asked.size(); ++i) {
      asked[i].response = responses[i] ? *std::move(responses[i])
                                       : problem(*asked[i].request, responses[i].status());
    }
  } catch (const std::exception& error) {
    for (Asked& one : asked) {
      if (!one.response) one.response = thrown(*one.request, error);
    }
  }
}

Response Api::answer(const Request& request) {
  std::variant<Admitted, Response> admitted = admit(request);
  if (auto* refused = std::get_if<Response>(&admitted)) return std::move(*refused);
  const Admitted& let_in = std::get<Admitted>(admitted);
  if (request.body.size() > let_in.max_body_bytes) {
    return problem(request, 413, "too_large", "the body is too long");
  }
  return handle(request, let_in);
}

void Api::audit(const Call& call, std::string_view action, std::string_view subject) {
  if (!parts_.log) return;
  parts_.log(JsonObject()
                 .add("time", iso_utc_time(parts_.fs.now_ns()))
                 .add("level", "info")
                 .add("event", "audit")
                 .add("action", action)
                 .add("subject", subject)
                 .add("who", call.who)
                 .add("request_id", call.request.id)
                 .text());
}

}  // namespace everturn::server
