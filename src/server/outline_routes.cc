// SPDX-License-Identifier: Apache-2.0
// A session as a person reads it: its outline, and any part of it.
#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "base/try.h"
#include "server/api.h"
#include "server/block_json.h"
#include "server/handlers.h"
#include "server/reply.h"
#include "server/session_outline.h"
#include "views/figures_json.h"
#include "views/report_json.h"
#include "views/session_reading.h"

namespace everturn::server {
namespace {

constexpr std::uint64_t kBlockRecords = 50;
constexpr std::uint64_t kBlockRecordsMax = 500;
constexpr std::size_t kPageBytes = 16U << 20;  // of blocks; those behind are told in brief

std::vector<std::string> damage_list(const SessionOutline& session) {
  std::vector<std::string> list;
  for (std::size_t i = 0; i < session.report.damage.size(); ++i) {
    const Damage& damage = session.report.damage[i];
    list.push_back(JsonObject()
                       .add_number("offset", damage.offset)
                       .add_number("length", damage.length)
                       .add("reason", damage_reason_name(damage.reason))
                       .add("detail", damage.detail)
                       .add("position", session.damage_places.at(i).to_string())
                       .text());
  }
  return list;
}

std::string outline_json(const SessionOutline& session) {
  std::vector<std::string> positions;
  for (const Position& position : session.outline.positions) {
    positions.push_back(quote_json(position.to_string()));
  }
  std::vector<std::string> turns;
  for (const Turn& turn : session.outline.turns) turns.push_back(turn_json(turn));
  const ReadReport& report = session.report;
  JsonObject object("everturn.outline/1");
  object.add("id", session_id(session.key))
      .add("key", session.key)
      .add("version", report.version.to_string())
      .add("end", report.end.to_string())
      .add("title", session.survey.title())
      .add("dialect", session.survey.dialect().name)
      .add_number("records", session.outline.records - session.outline.metadata)
      .add_number("bytes", report.end.offset + report.in_flight_bytes)
      .add_number("compaction", session.survey.compaction())
      .add("first_time", readable_time(session.survey.first_time()))
      .add("last_time", readable_time(session.survey.last_time()))
      .add_raw("usage", usage_json(session.usage))
      .add_number("damage_count", report.damage_count)
      .add_number("damage_bytes", report.damage_bytes)
      .add_number("in_flight_bytes", report.in_flight_bytes)
      .add_number("salvaged", report.salvaged)
      .add_list("damage", damage_list(session))
      .add_number("every", kOutlineStep)
      .add_list("positions", positions)
      .add_number("turn_count", session.outline.turn_count)
      .add_list("turns", turns);
  return object.text();
}

}  // namespace

Result<Response> get_outline(Api& api, const Call& call) {
  const auto session = TRY(api.outlines().current(api.store(), call.key));
  api.metrics().note_damage(call.key, session->report.damage_count);
  const std::string etag = etag_of(session->report.version);
  if (is_unchanged(call.request, etag)) return not_modified(etag);
  Response response;
  response.set("Content-Type", "application/json").set("ETag", etag);
  response.body = outline_json(*session);
  return response;
}

namespace {

// Which records, and what is known of them.
struct BlockQuery {
  std::string key;
  Position from;
  std::optional<std::uint64_t> last;
  std::uint64_t limit = kBlockRecords;
};

Result<BlockQuery> block_query(const Call& call) {
  BlockQuery query;
  query.key = call.key;
  query.from = TRY(position_parameter(call.query, "from")).value_or(Position{});
  query.last = TRY(call.query.number("last"));
  query.limit = TRY(call.query.number("limit")).value_or(kBlockRecords);
  if (query.last) query.limit = *query.last;
  if (query.limit < 1 || query.limit > kBlockRecordsMax) {
    return Status(Code::invalid, "limit and last take 1 to " + std::to_string(kBlockRecordsMax));
  }
  return query;
}

// The blocks of the records from `from` on. Begins to read some records before, and goes on a bit
// behind them, for what a block is depends on its neighbours: a call on the result behind it, a
// text on the response that it goes on with.
class BlockPage {
 public:
  BlockPage(Store& store, BlockQuery query, std::shared_ptr<const SessionOutline> known)
      : store_(store), query_(std::move(query)), known_(std::move(known)) {}

  Result<std::string> json() {
    CHECK_OK(settle());
    BlockReader reader(survey(), [this](const Block& block) { return take(block); });
    const auto goes_on = [&] {
      return seen_ < query_.limit || (reader.waits() && seen_ < query_.limit + kOutlineStep);
    };
    how_.limit = UINT64_MAX;
    bool is_whole = true;
    TRY(read_with_damage(
        store_, query_.key, how_, report_,
        [&](const Record& record) {
          if (!goes_on()) return is_whole = false;
          return add(record, reader);
        },
        [&](const Damage& damage) { return add_damage(damage, reader); }));
    reader.flush();
    // Damage at the end stands behind a page that is full: the next one, if only of that, has it.
    const bool is_full = !query_.last && seen_ >= query_.limit;
    more_ = !is_whole || seen_ > query_.limit || (is_full && !damage_.empty());
    return finished();
  }

 private:
  [[nodiscard]] const Survey& survey() const { return known_ ? known_->survey : own_survey_; }

  // Where reading begins, and where damage lies from there on.
  Status settle() {
    how_.with_metadata = true;
    how_.from = query_.from;
    how_.last = query_.last;
    how_.limit = query_.limit + kOutlineStep;
    if (known_ && !query_.last) CHECK_OK(begin_before());
    report_ = TRY(store_.read(query_.key, how_, [&](const Record& record) {
      if (!known_) own_survey_.add(record.bytes);
      return true;
    }));
    if (!known_) own_survey_.settle();
    if (query_.last) how_.from = report_.begin;
    if (query_.last) query_.from = report_.begin;
    how_.last.reset();
    return {};
  }

  // One step before the page, so that a call is joined with its result by one of two pages.
  Status begin_before() {
    const std::vector<Position>& positions = known_->outline.positions;
    if (positions.empty()) return {};
    how_.limit += 2 * kOutlineStep;
    if (query_.from >= known_->report.end) return begin_behind_outline();
    const std::size_t step = known_->step_before(query_.from);
    const std::size_t begin = step == 0 ? 0 : step - 1;
    number_ = begin * kOutlineStep;
    how_.from = positions[begin];
    return {};
  }

  // What came since the outline was read may be any number of records, but is near the end.
  Status begin_behind_outline() {
    ReadOptions back;
    back.with_metadata = true;
    back.backwards = true;
    back.from = known_->outline.positions.front();
    std::uint64_t before = 0;
    number_ = known_->outline.records;  // the survey knows none of these
    return store_
        .read(query_.key, back,
              [&](const Record& record) {
                // Rewritten since: the read from the old position says so.
                if (record.position.generation != query_.from.generation) return false;
                if (record.position >= query_.from) return true;
                how_.from = record.position;
                return ++before < kOutlineStep;
              })
        .status();
  }

  bool add(const Record& record, BlockReader& reader) {
    if (record.position >= query_.from) {
      if (seen_ == 0) begin_ = record.position;
      if (++seen_ <= query_.limit) end_ = record.next;
    }
    place_ = record.position;
    flush_damage(reader);
    return reader.add(record.bytes, number_++, record.position);
  }

  // A damaged range is told with the record behind it: until that is there, it waits.
  bool add_damage(const Damage& damage, BlockReader& /*reader*/) {
    damage_.push_back(damage);
    return true;
  }
  void flush_damage(BlockReader& reader) {
    for (const Damage& damage : std::exchange(damage_, {})) reader.add_damage(damage, place_);
  }

  bool take(const Block& block) {
    const bool is_before = block.position < query_.from;
    const bool is_behind = seen_ > 0 && end_ <= block.position;
    if (!is_before && !is_behind) give(block);
    return true;
  }
  void give(const Block& block) {
    blocks_.push_back(block_json(block, bytes_ < kPageBytes ? Detail::usual : Detail::brief));
    bytes_ += blocks_.back().size();
  }

  std::string finished() {
    // Behind the last record: it stands at the end of the session, if this page reaches it.
    if (!more_) {
      for (const Damage& damage : damage_) {
        Block block;
        block.kind = BlockKind::damage;
        block.damage = damage;
        block.position = place_;
        give(block);
      }
    }
    return JsonObject("everturn.blocks/1")
        .add_list("blocks", blocks_)
        .add("begin", begin_.to_string())
        .add("end", end_.to_string())
        .add_number("records", std::min(seen_, query_.limit))
        .add_bool("more", more_)
        .text();
  }

  Store& store_;
  BlockQuery query_;
  std::shared_ptr<const SessionOutline> known_;
  Survey own_survey_{""};
  ReadOptions how_;
  ReadReport report_;
  std::vector<Damage> damage_;
  std::vector<std::string> blocks_;
  Position begin_ = query_.from;
  Position end_ = query_.from;
  Position place_;
  std::size_t bytes_ = 0;  // of blocks_
  std::uint64_t number_ = 0;
  std::uint64_t seen_ = 0;  // records from `from` on
  bool more_ = false;
};

}  // namespace

Result<Response> get_blocks(Api& api, const Call& call) {
  BlockQuery query = TRY(block_query(call));
  std::shared_ptr<const SessionOutline> known;
  if (!query.last) known = api.outlines().known(query.key, query.from.generation);
  Response response;
  response.set("Content-Type", "application/json").set("Cache-Control", "no-cache");
  response.body = TRY(BlockPage(api.store(), std::move(query), std::move(known)).json());
  return response;
}

}  // namespace everturn::server
