// SPDX-License-Identifier: Apache-2.0
#include "server/record_page.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/try.h"
#include "views/report_json.h"

namespace everturn::server {
namespace {

constexpr std::size_t kPieceBytes = 256 << 10;
constexpr std::size_t kBackwardsBytes = 8 << 20;  // of texts that wait to be turned around

// A line of a page, and where in the session it belongs.
struct Line {
  std::uint64_t offset = 0;
  std::string text;
};

std::string joined(const std::vector<Line>& lines) {
  std::size_t size = 0;
  for (const Line& line : lines) size += line.text.size() + 1;
  std::string text;
  text.reserve(size);
  for (const Line& line : lines) {
    text += line.text;
    text += '\n';
  }
  return text;
}

// Only the damage in [begin, end): a reading sees more than the page shows.
void keep_range(ReadReport& report, std::uint64_t begin, std::uint64_t end) {
  if (report.damage.size() < report.damage_count) return;  // too many to tell which
  std::erase_if(report.damage, [=](const Damage& damage) {
    return damage.offset < begin || damage.offset >= end;
  });
  report.damage_count = report.damage.size();
  report.damage_bytes = 0;
  for (const Damage& damage : report.damage) report.damage_bytes += damage.length;
}

void add_damage(const RecordStyle& style, const ReadReport& report, bool backwards,
                std::vector<Line>& lines) {
  if (style.form == RecordForm::records || report.damage.empty()) return;
  for (const Damage& damage : report.damage) {
    lines.push_back({damage.offset, damage_object(damage).text()});
  }
  std::stable_sort(lines.begin(), lines.end(), [backwards](const Line& one, const Line& other) {
    return backwards ? one.offset > other.offset : one.offset < other.offset;
  });
}

void add(ReadReport& total, const ReadReport& piece) {
  if (total.records == 0) total.begin = piece.begin;
  total.records += piece.records;
  total.damage_count += piece.damage_count;
  total.damage_bytes += piece.damage_bytes;
  total.salvaged += piece.salvaged;
  total.in_flight_bytes = piece.in_flight_bytes;
  total.end = piece.end;
  total.version = piece.version;
}

std::string summary_line(const PageSummary& summary) {
  const ReadReport& report = summary.report;
  JsonObject object("everturn.page/1");
  if (report.version == Version::none()) {
    object.add_raw("version", "null");
  } else {
    object.add("version", report.version.to_string());
  }
  object.add("begin", report.begin.to_string())
      .add("end", report.end.to_string())
      .add_bool("more", summary.more);
  add_counts(object, report);
  return object.text();
}

// Reads on from where the last piece ended.
class PageBody : public Body {
 public:
  PageBody(Store& store, PageQuery query)
      : store_(store), query_(std::move(query)), from_(query_.from) {
    if (query_.last) left_ = *query_.last;
    left_ = std::min(left_, query_.limit);
  }

  Result<bool> next(std::string& piece) override {
    if (first_) {
      piece = *std::exchange(first_, std::nullopt);
      return true;
    }
    if (done_) return false;
    piece = TRY(query_.backwards ? read_backwards() : read_forwards());
    return true;
  }
  [[nodiscard]] Headers trailers() const override { return summary_headers(summary_); }

  // To be asked for again by next().
  Status read_first() {
    first_ = TRY(query_.backwards ? read_backwards() : read_forwards());
    return {};
  }
  [[nodiscard]] bool is_done() const { return done_; }
  std::string take_first() { return *std::exchange(first_, std::nullopt); }

 private:
  [[nodiscard]] ReadOptions options() const {
    ReadOptions how;
    how.from = from_;
    how.limit = left_;
    how.with_metadata = query_.with_metadata;
    how.with_oversize = query_.with_oversize;
    how.backwards = query_.backwards;
    return how;
  }

  Result<std::string> read_forwards() {
    ReadOptions how = options();
    how.last = std::exchange(query_.last, std::nullopt);
    if (how.last) how.limit = UINT64_MAX;
    std::vector<Line> lines;
    std::size_t bytes = 0;
    Position end = from_;
    bool stopped = false;
    ReadReport report = TRY(store_.read(query_.key, how, [&](const Record& record) {
      lines.push_back({record.position.offset, record_text(query_.style, record)});
      bytes += lines.back().text.size();
      end = record.next;
      stopped = bytes >= kPieceBytes;
      return !stopped;
    }));
    left_ -= std::min<std::uint64_t>(left_, lines.size());
    const bool at_end = !stopped && report.version != Version::none();
    if (!at_end) {
      report.version = {};
      report.in_flight_bytes = 0;
      report.end = end;
      keep_range(report, from_.offset, end.offset);
    }
    add(summary_.report, report);
    add_damage(query_.style, report, false, lines);
    from_ = end;
    done_ = !stopped;
    summary_.more = !at_end;
    if (stopped && left_ == 0) done_ = true;
    return finished(joined(lines));
  }

  Result<std::string> read_backwards() {
    ReadOptions how = options();
    how.limit = UINT64_MAX;
    const std::uint64_t before = query_.before ? query_.before->offset : std::uint64_t{UINT64_MAX};
    if (query_.before) CHECK_OK(check_generation());
    std::vector<Line> lines;
    std::size_t bytes = 0;
    ReadReport report = TRY(store_.read(query_.key, how, [&](const Record& record) {
      if (record.position.offset >= before) return true;
      if (lines.size() == left_ || bytes >= kBackwardsBytes) {
        summary_.more = true;
        return false;
      }
      lines.push_back({record.position.offset, record_text(query_.style, record)});
      bytes += lines.back().text.size();
      summary_.report.begin = record.position;
      if (lines.size() == 1) summary_.report.end = record.next;
      return true;
    }));
    const std::uint64_t begin =
        summary_.more && !lines.empty() ? lines.back().offset : from_.offset;
    keep_range(report, begin, before);
    report.records = lines.size();
    report.begin = summary_.report.begin;
    if (query_.before) {
      report.end = summary_.report.end;
      report.version = {};
      report.in_flight_bytes = 0;
    }
    summary_.report = {};
    add(summary_.report, report);
    add_damage(query_.style, report, true, lines);
    done_ = true;
    return finished(joined(lines));
  }

  // `before` is of this generation, or the session was rewritten.
  Status check_generation() {
    ReadOptions how;
    how.from = *query_.before;
    how.limit = 0;
    return store_.read(query_.key, how, [](const Record&) { return false; }).status();
  }

  std::string finished(std::string text) {
    if (done_ && query_.style.form != RecordForm::records) {
      text += summary_line(summary_) + "\n";
    }
    return text;
  }

  Store& store_;
  PageQuery query_;
  Position from_;
  std::uint64_t left_ = UINT64_MAX;
  bool done_ = false;
  PageSummary summary_;
  std::optional<std::string> first_;
};

}  // namespace

Headers summary_headers(const PageSummary& summary) {
  const ReadReport& report = summary.report;
  Headers headers = {{"Everturn-Begin", report.begin.to_string()},
                     {"Everturn-End", report.end.to_string()},
                     {"Everturn-More", summary.more ? "true" : "false"}};
  if (report.version != Version::none()) {
    headers.push_back({"Everturn-Version", report.version.to_string()});
  }
  if (report.damage_count > 0) {
    headers.push_back({"Everturn-Damage", std::to_string(report.damage_count) +
                                              "; bytes=" + std::to_string(report.damage_bytes)});
  }
  return headers;
}

Result<Response> record_page(Store& store, const PageQuery& query) {
  auto body = std::make_unique<PageBody>(store, query);
  CHECK_OK(body->read_first());
  Response response;
  response.set("Content-Type", "application/x-ndjson").set("Cache-Control", "no-cache");
  if (body->is_done()) {
    for (const Header& header : body->trailers()) response.set(header.name, header.value);
    response.body = body->take_first();
  } else {
    response.set("Trailer",
                 "Everturn-Begin, Everturn-End, Everturn-More, Everturn-Version, Everturn-Damage");
    response.stream = std::move(body);
  }
  return response;
}

}  // namespace everturn::server
