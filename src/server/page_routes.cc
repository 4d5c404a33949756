// SPDX-License-Identifier: Apache-2.0
// The page, and how a browser gets its cookie.
#include <utility>

#include "base/compression.h"
#include "base/try.h"
#include "server/api.h"
#include "server/assets.h"
#include "server/handlers.h"
#include "server/problem.h"
#include "server/reply.h"

namespace everturn::server {
namespace {

constexpr std::string_view kContentPolicy =
    "default-src 'self'; img-src 'self' data: blob:; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'; object-src 'none'";

void add_safety(Response& response) {
  response.set("Content-Security-Policy", kContentPolicy)
      .set("X-Content-Type-Options", "nosniff")
      .set("Referrer-Policy", "no-referrer")
      .set("Cross-Origin-Opener-Policy", "same-origin")
      .set("Cross-Origin-Resource-Policy", "same-origin");
}

Result<std::string> decompressed(std::string_view content) {
  std::string text;
  Decompressor decompressor(Compression::gzip);
  CHECK_OK(decompressor.feed(content, [&text](std::string_view bytes) -> Status {
    text += bytes;
    return {};
  }));
  return text;
}

bool takes_gzip(const Request& request) {
  return request.header("Accept-Encoding").value_or("").find("gzip") != std::string_view::npos;
}

Result<Response> asset_reply(const Request& request, const Asset& asset, std::string_view caching) {
  if (is_unchanged(request, asset.etag)) return not_modified(asset.etag);
  Response response;
  response.set("Content-Type", asset.media_type)
      .set("ETag", asset.etag)
      .set("Cache-Control", caching)
      .set("Vary", "Accept-Encoding");
  add_safety(response);
  if (asset.gzip && takes_gzip(request)) response.set("Content-Encoding", "gzip");
  response.body =
      asset.gzip && !takes_gzip(request) ? TRY(decompressed(asset.content)) : asset.content;
  return response;
}

// Where no page was built in: what is to be said to a browser.
Response plain_page() {
  Response response;
  response.set("Content-Type", "text/html; charset=utf-8").set("Cache-Control", "no-cache");
  add_safety(response);
  response.body =
      "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Everturn</title>"
      "<h1>Everturn</h1><p>This build has no page. The interface for programs is at "
      "<a href=\"/v1/sessions\">/v1/sessions</a>, its description at "
      "<a href=\"/openapi.json\">/openapi.json</a>.</p></html>\n";
  return response;
}

}  // namespace

Result<Response> log_in(Api& api, const Call& call) {
  const std::string token = call.query.text("token").value_or("");
  if (token.empty() || !api.tokens().redeem_login(token)) {
    return problem(call.request, 403, "forbidden",
                   "this login was used, or is older than ten minutes; POST /v1/logins with the "
                   "admin token gives a new one, and so does a new start of the server");
  }
  Response response;
  response.status = 303;
  response.set("Location", "/")
      .set("Cache-Control", "no-store")
      .set("Referrer-Policy", "no-referrer");
  std::string cookie = api.options().cookie + "=" + api.tokens().browser_token() +
                       "; Path=/; HttpOnly; SameSite=Strict; Max-Age=31536000";
  if (api.options().secure_cookie) cookie += "; Secure";
  response.set("Set-Cookie", cookie);
  return response;
}

Result<Response> make_login(Api& api, const Call& call) {
  api.audit(call, "login", "");
  const std::string path = "/login?token=" + api.tokens().issue_login();
  Response response = json_reply(JsonObject("everturn.login/1").add("path", path), 201);
  response.set("Cache-Control", "no-store");
  return response;
}

Result<Response> get_page(Api& api, const Call& call) {
  const Asset* asset = api.assets() == nullptr ? nullptr : api.assets()->find("index.html");
  if (asset == nullptr) return plain_page();
  return asset_reply(call.request, *asset, "no-cache");
}

Result<Response> get_asset(Api& api, const Call& call) {
  const Asset* asset =
      api.assets() == nullptr ? nullptr : api.assets()->find("assets/" + call.captures.at("name"));
  if (asset == nullptr) return Status(Code::not_found, "the page has no such file");
  // Their names change with their content.
  return asset_reply(call.request, *asset, "public, max-age=31536000, immutable");
}

}  // namespace everturn::server
