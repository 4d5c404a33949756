// SPDX-License-Identifier: Apache-2.0
#include "store/memory_state.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/session_name.h"
#include "base/time_text.h"
#include "base/try.h"
#include "fs/fs.h"
#include "store/metadata_record.h"

namespace everturn {
namespace {

constexpr std::string_view kStale = "somebody else changed the session; load it again, then decide";

Version version_of(const MemoryState::SessionPointer& session) {
  return session ? session->version() : Version::none();
}

// The lines that already hold the first records of the batch: none if the session is at `expected`,
// some or all on a retry. `conflict` if something else happened since.
Result<std::vector<std::uint64_t>> find_standing(const MemoryState::SessionPointer& session,
                                                 const Batch& batch,
                                                 const std::optional<Version>& expected) {
  using Places = std::vector<std::uint64_t>;
  if (!expected || *expected == version_of(session)) return Places();
  const auto length = session ? session->length_at(*expected) : std::nullopt;
  if (length) {
    std::optional<Places> found = session->find_behind(*length, batch, 0);
    if (found && !found->empty()) return *std::move(found);
  }
  return Status(Code::conflict, std::string(kStale));
}

// The lines of the caller's records among the first `length`, if the batch begins with the same
// records.
std::optional<std::vector<std::uint64_t>> shared_beginning(const MemorySession& session,
                                                           std::uint64_t length,
                                                           const Batch& batch) {
  std::vector<std::uint64_t> places;
  for (std::uint64_t index = 0; index < length; ++index) {
    const MemoryLine& line = session.lines()[index];
    if (line.kind == RecordKind::metadata) continue;
    if (places.size() == batch.lines.size()) return std::nullopt;
    if (batch.record(places.size()) != *line.bytes) return std::nullopt;
    places.push_back(index);
  }
  return places;
}

}  // namespace

MemoryState::MemoryState(const StoreOptions& store_options)
    // A position or trash id of another store, perhaps of another run, must not fit this one.
    : options(store_options), last_number_((posix_fs().random() >> 1U) + 1) {}

MemoryState::SessionPointer MemoryState::find(std::string_view key) const {
  const auto place = sessions.find(key);
  return place == sessions.end() ? nullptr : place->second;
}

Result<MemoryState::SessionPointer> MemoryState::find_to_change(
    std::string_view key, const std::optional<Version>& expected) const {
  CHECK_OK(check_writable());
  SessionPointer session = find(key);
  if (!session) return Status(Code::not_found, "there is no such session");
  if (expected && *expected != session->version()) {
    return Status(Code::conflict, std::string(kStale));
  }
  return session;
}

Status MemoryState::check_free(std::string_view key) const {
  CHECK_OK(check_writable());
  CHECK_OK(check_new_key(key));
  if (find(key)) return {Code::conflict, "there is a session of this key already"};
  return {};
}

Status MemoryState::check_writable() const {
  if (options.read_only) return {Code::invalid, "the store was opened for reading only"};
  return {};
}

Status MemoryState::admit(const SessionPointer& session, std::string_view key,
                          Create create) const {
  if (create == Create::must) return check_free(key);
  CHECK_OK(check_writable());
  if (session) return {};
  if (create == Create::never) return {Code::not_found, "there is no such session"};
  return check_new_key(key);
}

MemoryState::SessionPointer MemoryState::create(std::string_view key) {
  Metadata metadata;
  metadata.key = key;
  auto session = std::make_shared<MemorySession>(new_number(), std::move(metadata));
  sessions.emplace(key, session);
  return session;
}

// Adds the records of the batch that are not there yet; `standing` are the lines of its first ones.
Appended MemoryState::add(MemorySession& session, const Batch& batch, const Places& standing,
                          const WriteOptions& how) {
  const auto once = session.find_once(batch, how.once);
  Places places = standing;
  Appended reply;
  reply.records = batch.lines.size();
  reply.already_there = standing.size();
  for (std::size_t i = standing.size(); i < batch.lines.size(); ++i) {
    if (once[i]) ++reply.already_there;
    places.push_back(once[i] ? *once[i] : session.add(batch.record(i), how.once.operation));
  }
  const std::uint64_t end =
      places.empty() ? session.end() : *std::max_element(places.begin(), places.end()) + 1;
  reply.first = session.position_at(places.empty() ? end : places.front());
  reply.last = session.position_at(places.empty() ? end : places.back());
  reply.end = session.position_at(end);
  reply.version = session.version_at(end);
  reply.reached = how.durability.level;
  changed.notify_all();
  return reply;
}

Result<Appended> MemoryState::append(std::string_view key, const Batch& batch,
                                     const WriteOptions& how) {
  SessionPointer session = find(key);
  // A retry of the call that created the session must not fail because it succeeded.
  const bool may_be_retry = session && how.expected == Version::none();
  CHECK_OK(admit(session, key, may_be_retry ? Create::if_missing : how.create));
  const Places standing = TRY(find_standing(session, batch, how.expected));
  if (!session && batch.lines.empty()) {
    Appended reply;
    reply.reached = how.durability.level;
    return reply;
  }
  if (!session) session = create(key);
  return add(*session, batch, standing, how);
}

Result<Appended> MemoryState::save(std::string_view key, const Batch& batch,
                                   const WriteOptions& how, bool merge) {
  SessionPointer session = find(key);
  CHECK_OK(admit(session, key, how.create));
  if (session && !how.expected) {
    return Status(Code::invalid,
                  "the session exists: saving needs `expected`, the version that was loaded");
  }
  if (session && merge) return merge_behind(*session, batch, how);
  if (how.expected && *how.expected != version_of(session)) {
    return Status(Code::conflict, std::string(kStale));
  }
  if (!session) session = create(key);
  return replace(*session, batch, how);
}

Result<Appended> MemoryState::merge_behind(MemorySession& session, const Batch& batch,
                                           const WriteOptions& how) {
  const std::optional<std::uint64_t> length = session.length_at(*how.expected);
  if (length) {
    std::optional<Places> standing = shared_beginning(session, *length, batch);
    if (standing) {
      const auto retried = session.find_behind(*length, batch, standing->size());
      if (retried) standing->insert(standing->end(), retried->begin(), retried->end());
      return add(session, batch, *standing, how);
    }
  }
  if (*how.expected == session.version()) return replace(session, batch, how);
  return Status(Code::conflict,
                "somebody else changed the session and the records do not go on from there; load "
                "it again, then decide");
}

Appended MemoryState::replace(MemorySession& session, const Batch& batch, const WriteOptions& how) {
  Metadata metadata = session.metadata();
  metadata.updated_at.clear();  // now
  session = MemorySession(new_number(), std::move(metadata));
  WriteOptions plain;
  plain.durability = how.durability;
  return add(session, batch, {}, plain);
}

Result<Metadata> MemoryState::update_metadata(std::string_view key, const MetadataChange& change,
                                              const WriteOptions& how) {
  SessionPointer session = find(key);
  CHECK_OK(admit(session, key, how.create));
  if (how.expected && *how.expected != version_of(session)) {
    return Status(Code::conflict, std::string(kStale));
  }
  if (!session) session = create(key);
  Metadata metadata = session->metadata();
  apply_change(metadata, change, iso_local_time(posix_fs().now_ns()));
  session->set_metadata(metadata);
  changed.notify_all();
  return session->metadata();
}

Result<TrashEntry> MemoryState::remove(std::string_view key, const WriteOptions& how) {
  const SessionPointer session = TRY(find_to_change(key, how.expected));
  TrashEntry entry;
  entry.id = std::to_string(new_number());
  entry.key = key;
  entry.bytes = session->bytes();
  entry.removed_ns = posix_fs().now_ns();
  trash.push_back({entry, session, {}});
  sessions.erase(sessions.find(key));
  changed.notify_all();
  return entry;
}

Result<Rewound> MemoryState::rewind(std::string_view key, MemorySession& session,
                                    std::uint64_t index) {
  auto before = std::make_shared<MemorySession>(session);
  MemorySession rewound = session;
  rewound.rewind(new_number(), index);
  Rewound reply;
  reply.removed_records = before->records() - rewound.records();
  if (reply.removed_records == 0) {
    reply.version = session.version();
    return reply;
  }
  session = std::move(rewound);
  reply.version = session.version();
  reply.trash_id = std::to_string(new_number());
  TrashEntry entry{reply.trash_id,        std::string(key),   TrashKind::records, 0,
                   reply.removed_records, posix_fs().now_ns()};
  entry.bytes = before->bytes() - session.bytes();
  trash.push_back({std::move(entry), std::move(before), reply.version});
  changed.notify_all();
  return reply;
}

Status MemoryState::undelete(std::string_view trash_id) {
  CHECK_OK(check_writable());
  const auto place = std::find_if(trash.begin(), trash.end(), [trash_id](const MemoryTrash& item) {
    return item.entry.id == trash_id;
  });
  if (place == trash.end()) return {Code::not_found, "there is no such trash entry"};
  const SessionPointer session = find(place->entry.key);
  if (place->entry.kind == TrashKind::session) {
    if (session) return {Code::conflict, "there is a new session of this key"};
    sessions.emplace(place->entry.key, place->session);
  } else {
    if (version_of(session) != place->after) {
      return {Code::conflict, "the session was changed since these records were taken off"};
    }
    *session = *place->session;
  }
  trash.erase(place);
  changed.notify_all();
  return {};
}

Result<Version> MemoryState::copy(const MemorySession& source, std::uint64_t length,
                                  std::string_view new_key) {
  Metadata metadata = source.metadata();
  metadata.key = new_key;
  auto session = std::make_shared<MemorySession>(new_number(), std::move(metadata));
  for (std::uint64_t index = 0; index < length; ++index) {
    const MemoryLine& line = source.lines()[index];
    if (line.kind == RecordKind::record) session->add(*line.bytes, line.operation);
  }
  sessions.emplace(new_key, session);
  changed.notify_all();
  return session->version();
}

}  // namespace everturn
