// SPDX-License-Identifier: Apache-2.0
#include "server/openapi.h"

#include <algorithm>
#include <map>
#include <vector>

#include "base/json_object.h"
#include "server/route.h"

namespace everturn::server {
namespace {

std::vector<std::string> quoted(std::string_view words, char separator) {
  std::vector<std::string> list;
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(separator), words.size());
    list.push_back(quote_json(words.substr(0, end)));
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return list;
}

std::string schema_of(std::string_view kind) {
  JsonObject schema;
  const bool is_words = kind.find('|') != std::string_view::npos;
  schema.add("type", is_words ? "string" : kind);
  if (is_words) schema.add_list("enum", quoted(kind, '|'));
  return schema.text();
}

std::string parameter_json(const Parameter& parameter, std::string_view place) {
  JsonObject object;
  object.add("name", parameter.name).add("in", place).add("description", parameter.help);
  if (place == "path") object.add_bool("required", true);
  return object.add_raw("schema", schema_of(parameter.kind)).text();
}

// The names between braces.
std::vector<std::string> path_parameters(std::string_view path) {
  constexpr std::string_view kSession =
      "base64url of the session's key, without padding; \"-\": the parameter key names it";
  std::vector<std::string> list;
  for (std::size_t open = path.find('{'); open != std::string_view::npos;
       open = path.find('{', open + 1)) {
    const std::string_view name = path.substr(open + 1, path.find('}', open) - open - 1);
    list.push_back(parameter_json(
        {name, "string", name == "id" ? kSession : std::string_view("as a list gave it")}, "path"));
    if (name == "id") {
      list.push_back(
          parameter_json({"key", "string", "the session's key, with the id \"-\""}, "query"));
    }
  }
  return list;
}

bool is_media_type(std::string_view text) { return text.find('/') != std::string_view::npos; }

bool is_schema(std::string_view text) { return text.starts_with("everturn."); }

std::string content_json(std::string_view what) {
  if (is_schema(what)) {
    const std::string schema =
        JsonObject()
            .add("type", "object")
            .add_raw("properties",
                     JsonObject().add_raw("schema", JsonObject().add("const", what).text()).text())
            .add_raw("required", "[\"schema\"]")
            .text();
    return JsonObject()
        .add_raw("application/json", JsonObject().add_raw("schema", schema).text())
        .text();
  }
  return JsonObject().add_raw(what, "{}").text();
}

std::string responses_json(const Route& route) {
  JsonObject success;
  success.add("description", route.gives.empty() ? "done" : route.gives);
  if (is_media_type(route.gives)) success.add_raw("content", content_json(route.gives));
  const std::string problem = R"({"$ref":"#/components/responses/Problem"})";
  return JsonObject()
      .add_raw(std::to_string(route.success), success.text())
      .add_raw("default", problem)
      .text();
}

std::string operation_json(const Route& route) {
  std::vector<std::string> parameters = path_parameters(route.path);
  for (const Parameter& parameter : route.query) {
    parameters.push_back(parameter_json(parameter, "query"));
  }
  JsonObject object;
  object.add("operationId", route.operation)
      .add("summary", route.summary)
      .add("x-scope", scope_name(route.scope))
      .add_list("parameters", parameters);
  if (!route.takes.empty()) {
    object.add_raw("requestBody", JsonObject()
                                      .add_bool("required", route.takes != "application/json")
                                      .add_raw("content", content_json(route.takes))
                                      .text());
  }
  object.add_raw("responses", responses_json(route));
  if (route.scope == Scope::none) object.add_raw("security", "[]");
  return object.text();
}

std::string paths_json() {
  std::map<std::string_view, JsonObject> paths;
  for (const Route& route : routes()) {
    std::string method = lower_case(route.method);
    paths[route.path].add_raw(method, operation_json(route));
  }
  JsonObject object;
  for (const auto& [path, operations] : paths) object.add_raw(path, operations.text());
  return object.text();
}

constexpr std::string_view kComponents =
    R"({"securitySchemes":{"token":{"type":"http","scheme":"bearer"},)"
    R"("browser":{"type":"apiKey","in":"cookie","name":"everturn_PORT"}},)"
    R"("responses":{"Problem":{"description":"a problem document of RFC 9457",)"
    R"("content":{"application/problem+json":)"
    R"({"schema":{"$ref":"#/components/schemas/Problem"}}}}},)"
    R"("schemas":{"Problem":{"type":"object","properties":{"type":{"type":"string"},)"
    R"("title":{"type":"string"},"status":{"type":"integer"},"code":{"type":"string"},)"
    R"("detail":{"type":"string"},"request_id":{"type":"string"}},)"
    R"("required":["type","title","status","code","detail","request_id"]}}})";

std::string make_document() {
  const std::string info = JsonObject()
                               .add("title", "Everturn")
                               .add("version", "1")
                               .add("summary", "Sessions of agents, durable when acknowledged")
                               .text();
  return JsonObject()
      .add("openapi", "3.1.0")
      .add_raw("info", info)
      .add_raw("security", R"([{"token":[]},{"browser":[]}])")
      .add_raw("paths", paths_json())
      .add_raw("components", kComponents)
      .line();
}

}  // namespace

const std::string& openapi_document() {
  static const std::string document = make_document();
  return document;
}

}  // namespace everturn::server
