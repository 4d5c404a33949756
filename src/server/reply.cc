// SPDX-License-Identifier: Apache-2.0
#include "server/reply.h"

#include <algorithm>
#include <utility>

#include "base/base64url.h"
#include "base/json.h"
#include "base/time_text.h"
#include "base/try.h"
#include "base/utf8.h"

namespace everturn::server {
namespace {

Status wrong(std::string_view name, std::string_view wanted) {
  return {Code::invalid, "the member \"" + printable(name) + "\" " + std::string(wanted)};
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

// The version in an entity tag; `invalid` for a list of them, or a weak one.
Result<Version> version_of_etag(std::string_view etag) {
  if (etag.size() < 2 || !etag.starts_with('"') || !etag.ends_with('"')) {
    return Status(Code::invalid, "If-Match takes one version in double quotes, or *");
  }
  const Result<Version> version = Version::parse(etag.substr(1, etag.size() - 2));
  if (!version.ok()) return version.status().within("If-Match");
  return *version;
}

}  // namespace

std::string session_id(std::string_view key) { return base64url_encode(key); }

std::string session_path(std::string_view key) { return "/v1/sessions/" + session_id(key); }

Response json_reply(const JsonObject& object, int status) {
  Response response;
  response.status = status;
  response.set("Content-Type", "application/json").set("Cache-Control", "no-cache");
  response.body = object.line();
  return response;
}

std::string etag_of(const Version& version) { return "\"" + version.to_string() + "\""; }

bool is_unchanged(const Request& request, std::string_view etag) {
  std::string_view list = request.header("If-None-Match").value_or("");
  if (trimmed(list) == "*") return true;
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(','), list.size());
    std::string_view one = trimmed(list.substr(0, end));
    if (one.starts_with("W/")) one.remove_prefix(2);
    if (one == etag) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

Response not_modified(std::string_view etag) {
  Response response;
  response.status = 304;
  response.set("ETag", etag).set("Cache-Control", "no-cache");
  return response;
}

Result<WriteOptions> conditions(const Request& request) {
  WriteOptions how;
  if (request.count("If-Match") > 0) {
    const std::string_view value = trimmed(request.header("If-Match").value_or(""));
    if (value == "*") {
      how.create = Create::never;
    } else {
      how.expected = TRY(version_of_etag(value));
    }
  }
  if (request.count("If-None-Match") > 0) {
    if (trimmed(request.header("If-None-Match").value_or("")) != "*" ||
        request.count("If-Match") > 0) {
      return Status(Code::invalid, "for a write, If-None-Match takes *, and goes without If-Match");
    }
    how.create = Create::must;
    how.expected = Version::none();
  }
  return how;
}

Result<std::string> json_body(const Call& call, std::initializer_list<std::string_view> members) {
  std::string body = call.request.body;
  if (body.find_first_not_of(" \t\r\n") == std::string::npos) body = "{}";
  JsonFault fault;
  if (!is_json_object_by_grammar(body, &fault)) {
    return Status(Code::invalid, "the body is not one JSON object: " + std::string(fault.reason) +
                                     " at byte " + std::to_string(fault.offset));
  }
  Status status;
  for_each_member(body, [&](std::string_view raw_name, std::string_view) {
    const std::string name =
        decode_json_string("\"" + std::string(raw_name) + "\"").value_or(std::string(raw_name));
    if (std::find(members.begin(), members.end(), name) == members.end()) {
      status = wrong(name, "is not known here");
    }
    return status.ok();
  });
  CHECK_OK(status);
  return body;
}

Result<std::optional<std::string>> text_of(std::string_view object, std::string_view name) {
  const auto raw = find_member(object, name);
  if (!raw || *raw == "null") return std::optional<std::string>();
  std::optional<std::string> text = decode_json_string(*raw);
  if (!text) return wrong(name, "must be a string");
  return text;
}

Result<std::optional<std::uint64_t>> count_of(std::string_view object, std::string_view name) {
  const auto raw = find_member(object, name);
  if (!raw || *raw == "null") return std::optional<std::uint64_t>();
  const std::optional<std::int64_t> number = decode_json_integer(*raw);
  if (!number || *number < 0) return wrong(name, "must be a whole number");
  return std::optional<std::uint64_t>(static_cast<std::uint64_t>(*number));
}

Result<bool> flag_of(std::string_view object, std::string_view name) {
  const auto raw = find_member(object, name);
  if (!raw || *raw == "null" || *raw == "false") return false;
  if (*raw == "true") return true;
  return wrong(name, "must be true or false");
}

Result<std::optional<Position>> position_of(std::string_view object, std::string_view name) {
  const std::optional<std::string> text = TRY(text_of(object, name));
  if (!text) return std::optional<Position>();
  const Result<Position> position = Position::parse(*text);
  if (!position.ok()) return position.status().within(name);
  return std::optional<Position>(*position);
}

Result<std::optional<std::int64_t>> time_parameter(const Query& query, const std::string& name,
                                                   std::int64_t now_ns) {
  const std::optional<std::string> text = query.text(name);
  if (!text) return std::optional<std::int64_t>();
  const std::optional<std::int64_t> time_ns = parse_time_since(*text, now_ns);
  if (time_ns) return time_ns;
  return Status(Code::invalid, name + " takes such as 90m, 12h, 7d or 2026-08-20");
}

Result<std::optional<Position>> position_parameter(const Query& query, const std::string& name) {
  const std::optional<std::string> text = query.text(name);
  if (!text) return std::optional<Position>();
  const Result<Position> position = Position::parse(*text);
  if (!position.ok()) return position.status().within(name);
  return std::optional<Position>(*position);
}

}  // namespace everturn::server
