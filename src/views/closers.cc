// SPDX-License-Identifier: Apache-2.0
#include "views/closers.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "base/digest.h"
#include "base/json.h"
#include "base/time_text.h"
#include "views/history.h"
#include "views/messages.h"

namespace everturn {
namespace {

// "2026-08-20T10:02:11.120Z"
std::string utc_time(std::int64_t time_ns) {
  constexpr std::int64_t kNsPerMs = 1'000'000;
  std::string text = iso_utc_time(time_ns);
  const std::string ms = std::to_string(1000 + time_ns / kNsPerMs % 1000).substr(1);
  return text.insert(text.size() - 1, "." + ms);
}

// The same for the same call in the same place.
std::string uuid_for(std::string_view parent, std::string_view call) {
  std::string digits = hex(hash128(std::string(parent) + '\n' + std::string(call)));
  digits[12] = '8';  // a UUID of one's own making (RFC 9562)
  digits[16] = 'a';
  for (const std::size_t at : {20U, 16U, 12U, 8U}) digits.insert(at, "-");
  return digits;
}

// What makes the record of a result one of its session: a place behind the last record, and a time.
class Envelopes {
 public:
  Envelopes(const Session& session, const Dialect& dialect, std::int64_t now_ns)
      : session_(session), dialect_(dialect), now_ns_(now_ns) {
    for (const Entry& entry : session.entries) {
      const bool is_link =
          is_string(entry.id) && entry.title == TitleRank::none && (entry.flags & kSidechain) == 0;
      if (is_link) parent_ = entry.id;
    }
  }

  std::string wrap(const Entry& call, const std::string& record) {
    return merge_json_members(record, "{" + members(call) + "}");
  }

 private:
  std::string members(const Entry& call) {
    if (&dialect_ == &kNanobotDialect) {
      return "\"timestamp\":" + quote_json(iso_local_time(now_ns_));
    }
    const std::string time = "\"timestamp\":" + quote_json(utc_time(now_ns_));
    if (&dialect_ == &kClaudeDialect) return claude_members(call) + time;
    if (&dialect_ == &kPiDialect) return pi_members(call) + time;
    if (&dialect_ == &kGeminiDialect) {
      return "\"id\":" + quote_json(uuid_for(parent_, call.call_id)) + "," + time;
    }
    // OpenAI's messages have no times.
    return &dialect_ == &kCodexDialect ? time : std::string();
  }

  std::string claude_members(const Entry& call) {
    constexpr std::array<std::string_view, 6> kShared = {"isSidechain", "userType", "cwd",
                                                         "sessionId",   "version",  "gitBranch"};
    std::string text = link("parentUuid", "uuid", uuid_for(parent_, call.call_id));
    for (const std::string_view name : kShared) {
      const auto value = find_member(session_.texts[call.record], name);
      if (value) text += "\"" + std::string(name) + "\":" + std::string(*value) + ",";
    }
    return text;
  }

  std::string pi_members(const Entry& call) {
    if (!is_string(call.id)) return {};  // version 1 has no ids
    return link("parentId", "id", uuid_for(parent_, call.call_id).substr(0, 8));
  }

  // The next record follows this one.
  std::string link(const std::string& parent_name, const std::string& name, const std::string& id) {
    const std::string parent = parent_.empty() ? "null" : parent_;
    parent_ = quote_json(id);
    return "\"" + parent_name + "\":" + parent + ",\"" + name + "\":" + parent_ + ",";
  }

  const Session& session_;
  const Dialect& dialect_;
  std::int64_t now_ns_;
  std::string parent_;  // raw
};

}  // namespace

Closers plan_closers(const Session& session, const Dialect& dialect, std::int64_t now_ns) {
  const Selection selection = select(session, dialect);
  const Messages messages = join_messages(selection, Unfinished::close, true);
  Envelopes envelopes(session, dialect, now_ns);
  Closers closers;
  for (const Message& message : messages.list) {
    const bool is_last = &message == &messages.list.back();
    for (const Part& part : message.parts) {
      if (!part.is_closed) continue;
      if (!is_last) {
        ++closers.above;
        continue;
      }
      const std::string record = dialect.closer(*part.entry, quote_json(kNoResult));
      closers.records.push_back(envelopes.wrap(*part.entry, record));
    }
  }
  return closers;
}

}  // namespace everturn
