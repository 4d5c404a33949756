// SPDX-License-Identifier: Apache-2.0
// What the routes share: replies in JSON, conditional requests, bodies that tell what to do. Pure.
#ifndef EVERTURN_SERVER_REPLY_H_
#define EVERTURN_SERVER_REPLY_H_

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_object.h"
#include "everturn/store.h"
#include "server/http.h"
#include "server/route.h"

namespace everturn::server {

std::string session_id(std::string_view key);    // base64url
std::string session_path(std::string_view key);  // "/v1/sessions/dGVs…"

Response json_reply(const JsonObject& object, int status = 200);

std::string etag_of(const Version& version);  // in quotes
// True if If-None-Match of a GET names `etag`.
bool is_unchanged(const Request& request, std::string_view etag);
Response not_modified(std::string_view etag);

// If-Match and If-None-Match of a write: the version that is expected, whether the session must
// exist or must not.
Result<WriteOptions> conditions(const Request& request);

// The body as one JSON object with members of these names and no others; an empty body is {}.
Result<std::string> json_body(const Call& call, std::initializer_list<std::string_view> members);
// `invalid` where the member is there and no such value.
Result<std::optional<std::string>> text_of(std::string_view object, std::string_view name);
Result<std::optional<std::uint64_t>> count_of(std::string_view object, std::string_view name);
Result<bool> flag_of(std::string_view object, std::string_view name);
Result<std::optional<Position>> position_of(std::string_view object, std::string_view name);

// The parameter as a time, or how long ago: see parse_time_since(). `now_ns`: since 1970, as what
// it returns.
Result<std::optional<std::int64_t>> time_parameter(const Query& query, const std::string& name,
                                                   std::int64_t now_ns);
// The parameter as a position.
Result<std::optional<Position>> position_parameter(const Query& query, const std::string& name);

}  // namespace everturn::server

#endif  // EVERTURN_SERVER_REPLY_H_
