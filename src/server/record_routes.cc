// SPDX-License-Identifier: Apache-2.0
// The records of a session, the positions to reach them by, and the bytes as they are.
#include <algorithm>
#include <utility>
#include <vector>

#include "base/try.h"
#include "server/api.h"
#include "server/handlers.h"
#include "server/record_page.h"
#include "server/reply.h"
#include "views/report_json.h"

namespace everturn::server {
namespace {

constexpr std::uint64_t kBackwardsLimit = 1000;
constexpr std::uint64_t kBackwardsLimitMax = 10'000;
constexpr std::uint64_t kIndexStep = 256;
constexpr std::uint64_t kIndexStepMin = 16;
constexpr std::uint64_t kBytesMax = 1 << 20;

Status check_combination(const PageQuery& page, bool has_limit) {
  if (page.last && (has_limit || page.backwards)) {
    return {Code::invalid, "last goes without limit and backwards"};
  }
  if (page.before && !page.backwards) return {Code::invalid, "before goes with backwards=true"};
  if (page.backwards && page.limit > kBackwardsLimitMax) {
    return {Code::invalid, "backwards, limit takes at most " + std::to_string(kBackwardsLimitMax)};
  }
  return {};
}

Result<PageQuery> page_query(Store& store, const Call& call) {
  const Query& query = call.query;
  PageQuery page;
  page.key = call.key;
  page.from = TRY(position_parameter(query, "from")).value_or(Position{});
  page.before = TRY(position_parameter(query, "before"));
  page.last = TRY(query.number("last"));
  page.backwards = TRY(query.flag("backwards"));
  page.with_metadata = TRY(query.flag("metadata"));
  page.with_oversize = TRY(query.flag("oversize"));
  const std::optional<std::uint64_t> limit = TRY(query.number("limit"));
  page.limit = limit.value_or(page.backwards ? kBackwardsLimit : UINT64_MAX);
  CHECK_OK(check_combination(page, limit.has_value()));
  page.style = TRY(record_style(store, call.key, query, RecordForm::records));
  return page;
}

}  // namespace

Result<Response> get_records(Api& api, const Call& call) {
  const PageQuery page = TRY(page_query(api.store(), call));
  return record_page(api.store(), page);
}

namespace {

std::string damage_at(const Damage& damage, std::uint64_t record) {
  return JsonObject()
      .add_number("offset", damage.offset)
      .add_number("length", damage.length)
      .add("reason", damage_reason_name(damage.reason))
      .add("detail", damage.detail)
      .add_number("record", record)
      .text();
}

// Offsets of all records: how many stand in front of a damaged range is known at the end.
std::vector<std::string> damage_list(const ReadReport& report,
                                     const std::vector<std::uint64_t>& offsets) {
  std::vector<std::string> list;
  for (const Damage& damage : report.damage) {
    const auto behind = std::lower_bound(offsets.begin(), offsets.end(), damage.offset);
    list.push_back(damage_at(damage, static_cast<std::uint64_t>(behind - offsets.begin())));
  }
  return list;
}

}  // namespace

Result<Response> get_index(Api& api, const Call& call) {
  const std::uint64_t every = TRY(call.query.number("every")).value_or(kIndexStep);
  if (every < kIndexStepMin) {
    return Status(Code::invalid, "every takes at least " + std::to_string(kIndexStepMin));
  }
  const Version version = TRY(api.store().version(call.key));
  if (version != Version::none() && is_unchanged(call.request, etag_of(version))) {
    return not_modified(etag_of(version));
  }
  std::vector<std::uint64_t> offsets;
  std::vector<std::string> positions;
  const ReadReport report = TRY(api.store().read(call.key, {}, [&](const Record& record) {
    if (offsets.size() % every == 0) positions.push_back(quote_json(record.position.to_string()));
    offsets.push_back(record.position.offset);
    return true;
  }));
  api.metrics().note_damage(call.key, report.damage_count);
  JsonObject object("everturn.index/1");
  object.add("version", report.version.to_string())
      .add("end", report.end.to_string())
      .add_number("every", every)
      .add_number("records", report.records)
      .add_list("positions", positions)
      .add_number("damage_count", report.damage_count)
      .add_list("damage", damage_list(report, offsets));
  Response response = json_reply(object);
  response.set("ETag", etag_of(report.version));
  return response;
}

Result<Response> get_bytes(Api& api, const Call& call) {
  const std::uint64_t offset = TRY(call.query.number("offset")).value_or(0);
  const std::uint64_t length = TRY(call.query.number("length")).value_or(kBytesMax);
  if (length > kBytesMax) {
    return Status(Code::invalid, "length takes at most " + std::to_string(kBytesMax));
  }
  std::uint64_t skip = offset;
  Response response;
  response.set("Content-Type", "application/octet-stream")
      .set("Content-Disposition", "attachment")
      .set("Cache-Control", "no-cache");
  CHECK_OK(api.store().read_raw(call.key, [&](std::string_view bytes) {
    const auto passed = static_cast<std::size_t>(std::min<std::uint64_t>(skip, bytes.size()));
    skip -= passed;
    bytes.remove_prefix(passed);
    response.body += bytes.substr(0, static_cast<std::size_t>(length) - response.body.size());
    return response.body.size() < length;
  }));
  return response;
}

}  // namespace everturn::server
