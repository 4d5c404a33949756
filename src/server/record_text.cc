// SPDX-License-Identifier: Apache-2.0
#include "server/record_text.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/try.h"
#include "everturn/entry.h"
#include "views/entry_json.h"
#include "views/figures_json.h"
#include "views/report_json.h"

namespace everturn::server {
namespace {

constexpr std::uint64_t kRecordsToRecognize = 16;

Result<std::string> dialect_of(Store& store, std::string_view key) {
  std::vector<std::string> first;
  ReadOptions how;
  how.with_metadata = true;
  how.limit = kRecordsToRecognize;
  TRY(store.read(key, how, [&](const Record& record) {
    first.emplace_back(record.bytes);
    return true;
  }));
  const std::vector<std::string_view> views(first.begin(), first.end());
  return std::string(recognize_dialect(views));
}

std::string entry_text(const Entry& entry, std::size_t max_text) {
  JsonObject object = entry_object(entry, max_text);
  if (!entry.id.empty()) object.add("id", json_text(entry.id));
  if (!entry.parent.empty()) object.add("parent", json_text(entry.parent));
  if (!entry.usage.empty()) object.add_raw("usage", usage_json(read_usage(entry.usage)));
  return object.text();
}

std::string readable_text(const RecordStyle& style, const Record& record) {
  std::vector<std::string> entries;
  for (const Entry& entry : read_entries(style.dialect, record.bytes)) {
    entries.push_back(entry_text(entry, style.max_text));
  }
  JsonObject object("everturn.readable/1");
  object.add("position", record.position.to_string())
      .add("next", record.next.to_string())
      .add("kind", record.kind == RecordKind::metadata ? "metadata" : "record")
      .add_number("bytes", record.bytes.size())
      .add("dialect", style.dialect);
  if (record.salvaged) object.add_bool("salvaged", true);
  if (record.nonfinite) object.add_bool("nonfinite", true);
  return object.add_list("entries", entries).text();
}

}  // namespace

std::string RecordStyle::name() const {
  return std::to_string(static_cast<int>(form)) + " " + std::to_string(max_text) + " " + dialect;
}

Result<RecordStyle> record_style(Store& store, std::string_view key, const Query& query,
                                 RecordForm otherwise) {
  constexpr std::array kForms = {RecordForm::records, RecordForm::objects, RecordForm::entries};
  RecordStyle style;
  style.form = kForms.at(TRY(query.choice("format", {"records", "objects", "entries"},
                                          static_cast<std::size_t>(otherwise))));
  style.max_text = TRY(query.number("max_text")).value_or(SIZE_MAX);
  const std::vector<std::string_view> known = dialect_names();
  TRY(query.choice("dialect", known));
  if (style.form != RecordForm::entries) return style;
  const std::optional<std::string> named = query.text("dialect");
  style.dialect = named ? *named : TRY(dialect_of(store, key));
  return style;
}

std::string record_text(const RecordStyle& style, const Record& record) {
  switch (style.form) {
    case RecordForm::records:
      return std::string(record.bytes);
    case RecordForm::objects:
      return record_object(record).add("next", record.next.to_string()).text();
    case RecordForm::entries:
      return readable_text(style, record);
  }
  return {};
}

}  // namespace everturn::server
