// SPDX-License-Identifier: Apache-2.0
#include "server/session_outline.h"

#include <algorithm>
#include <utility>

#include "base/try.h"
#include "everturn/page.h"
#include "views/session_reading.h"

namespace everturn::server {
namespace {

constexpr std::size_t kKept = 16;

ReadOptions whole() {
  ReadOptions how;
  how.with_metadata = true;
  return how;
}

}  // namespace

std::size_t SessionOutline::step_before(Position from) const {
  const auto behind = std::upper_bound(outline.positions.begin(), outline.positions.end(), from);
  return behind == outline.positions.begin()
             ? 0
             : static_cast<std::size_t>(behind - outline.positions.begin()) - 1;
}

Result<std::shared_ptr<const SessionOutline>> read_outline(Store& store, const std::string& key) {
  auto session = std::make_shared<SessionOutline>();
  session->key = key;
  Stats stats;
  stats.begin_session();
  session->report = TRY(store.read(key, whole(), [&](const Record& record) {
    session->survey.add(record.bytes);
    return stats.add(record.bytes);
  }));
  session->survey.settle();
  session->usage = stats.figures().usage;
  OutlineReader reader(session->survey, kOutlineStep);
  std::size_t damaged = 0;
  Position last;
  TRY(read_with_damage(
      store, key, whole(), session->report,
      [&](const Record& record) {
        // Written since: the survey and the report do not know it.
        if (record.position >= session->report.end) return true;
        last = record.position;
        session->damage_places.resize(damaged, last);
        return reader.add(record);
      },
      [&](const Damage&) {
        ++damaged;
        return true;
      }));
  session->damage_places.resize(damaged, last);
  session->outline = reader.finish();
  return std::shared_ptr<const SessionOutline>(std::move(session));
}

std::shared_ptr<const SessionOutline> OutlineCache::find(const std::string& key) {
  const std::scoped_lock lock(mutex_);
  const auto found = std::find_if(kept_.begin(), kept_.end(),
                                  [&](const auto& session) { return session->key == key; });
  if (found == kept_.end()) return nullptr;
  kept_.splice(kept_.begin(), kept_, found);
  return kept_.front();
}

Result<std::shared_ptr<const SessionOutline>> OutlineCache::current(Store& store,
                                                                    const std::string& key) {
  const Version version = TRY(store.version(key));
  const std::shared_ptr<const SessionOutline> old = find(key);
  if (old != nullptr && old->report.version == version) return old;
  std::shared_ptr<const SessionOutline> fresh = TRY(read_outline(store, key));
  const std::scoped_lock lock(mutex_);
  kept_.remove_if([&](const auto& session) { return session->key == key; });
  kept_.push_front(fresh);
  if (kept_.size() > kKept) kept_.pop_back();
  return fresh;
}

std::shared_ptr<const SessionOutline> OutlineCache::known(const std::string& key,
                                                          std::uint64_t generation) {
  std::shared_ptr<const SessionOutline> session = find(key);
  if (session == nullptr || session->report.end.generation != generation) return nullptr;
  return session;
}

}  // namespace everturn::server
