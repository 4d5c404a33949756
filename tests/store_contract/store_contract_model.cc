// SPDX-License-Identifier: Apache-2.0
// Random operations, each compared with a model that is a map. All choices come from the seed and
// the model, none from what an engine answered, so two engines can be given the same operations.
#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "tests/store_contract/store_contract.h"

namespace everturn::contract {
namespace {

struct ModelSession {
  Texts records;
  int title = 0;            // 0: none yet
  std::uint64_t stamp = 0;  // another one for each change
  [[nodiscard]] bool looks_like(const ModelSession& other) const {
    return records == other.records && title == other.title;
  }
};

struct ModelTrash {
  std::string id;
  std::string key;
  TrashKind kind = TrashKind::session;
  ModelSession before;
  ModelSession after;  // of records taken off
};

class ModelRun {
 public:
  ModelRun(EngineFixture& fixture, unsigned seed)
      : fixture_(fixture), store_(fixture.open({})), random_(seed) {}

  // What happened, a line a step: equal for all engines that keep the contract.
  Texts run(int steps) {
    for (int step = 0; step < steps && !testing::Test::HasFailure(); ++step) {
      key_ = any_key();
      const std::string what = one_step();
      log_.push_back(std::to_string(step) + " " + what + " " + key_);
      SCOPED_TRACE(log_.back());
      check();
    }
    return log_;
  }

 private:
  unsigned pick(unsigned below) { return static_cast<unsigned>(random_() % below); }
  std::string any_key() { return "key:" + std::to_string(pick(5)); }
  bool exists(const std::string& key) { return sessions_.contains(key); }
  std::uint64_t new_stamp() { return ++stamp_; }

  Texts new_records(unsigned at_most) {
    const int count = static_cast<int>(pick(at_most + 1));
    const Texts fresh = texts(next_, next_ + count - 1);
    next_ += count;
    return fresh;
  }

  std::string one_step() {
    switch (pick(12)) {
      case 0:
      case 1:
        return append();
      case 2:
        return append_again();
      case 3:
        return save();
      case 4:
        return save_merging();
      case 5:
        return remove();
      case 6:
      case 7:
        return pick(6) == 0 ? purge() : undelete();
      case 8:
        return rewind();
      case 9:
        return copy();
      case 10:
        return update_metadata();
      default:
        return pick(4) == 0 ? reopen() : read();
    }
  }

  // Checks the code and names it with the call.
  std::string answered(const std::string& call, Code code, Code expected) {
    EXPECT_EQ(code, expected) << call << " " << key_;
    return call + " " + std::string(code_name(code));
  }

  // A version that is not the session's: of it at another time, else of one that is missing.
  std::optional<Version> stale_version() {
    const auto old = old_.find(key_);
    if (old != old_.end() && !(exists(key_) && old->second.first.looks_like(sessions_[key_]))) {
      return old->second.second;
    }
    if (exists(key_)) return Version::none();
    return std::nullopt;
  }

  std::string append() {
    const Texts batch = new_records(3);
    WriteOptions how;
    Code code = Code::ok;
    const unsigned kind = pick(5);
    if (kind == 0) how.expected = value_of(store_->version(key_));
    if (kind == 1) how.expected = stale_version();
    if (kind == 1 && how.expected) code = Code::conflict;
    if (kind == 2) how.create = Create::never;
    if (kind == 2 && !exists(key_)) code = Code::not_found;
    if (kind == 3) how.create = Create::must;
    if (kind == 3 && exists(key_)) code = Code::conflict;
    const Version before = value_of(store_->version(key_));
    const auto reply = append_to(*store_, key_, batch, how);
    if (code == Code::ok && !batch.empty()) {
      change(key_, [&](ModelSession& session) { session.records = session.records + batch; });
      retry_ = {key_, batch, before, sessions_[key_].stamp};
    }
    return answered("append " + std::to_string(batch.size()), code_of(reply), code);
  }

  // The last append once more, as if its reply had been lost.
  std::string append_again() {
    if (retry_.batch.empty() || !exists(retry_.key)) return "nothing";
    if (sessions_[retry_.key].stamp != retry_.stamp) return "nothing";
    key_ = retry_.key;
    const auto reply = append_to(*store_, key_, retry_.batch, expecting(retry_.before));
    EXPECT_EQ(reply.ok() ? reply->already_there : 0, retry_.batch.size());
    return answered("retry", code_of(reply), Code::ok);
  }

  std::string save() {
    const Texts batch = new_records(4);
    WriteOptions how;
    Code code = exists(key_) ? Code::invalid : Code::ok;
    if (pick(3) > 0) {
      how.expected = value_of(store_->version(key_));
      code = Code::ok;
    } else if (pick(2) == 0) {
      how.expected = stale_version();
      if (how.expected) code = Code::conflict;
    }
    const auto reply = save_to(*store_, key_, batch, how);
    if (code == Code::ok) change(key_, [&](ModelSession& session) { session.records = batch; });
    return answered("save", code_of(reply), code);
  }

  std::string save_merging() {
    if (!exists(key_)) return "nothing";
    const Version loaded = value_of(store_->version(key_));
    const Texts known = sessions_[key_].records;
    const Texts theirs = new_records(2);
    value_of(append_to(*store_, key_, theirs));
    const Texts mine = new_records(2);
    const bool edits_the_past = !known.empty() && pick(3) == 0;
    const Texts base = edits_the_past ? Texts(known.begin() + 1, known.end()) : known;
    const auto reply = save_merging_to(*store_, key_, base + mine, expecting(loaded));
    Texts result = known + theirs + mine;
    if (edits_the_past) result = theirs.empty() ? base + mine : known + theirs;
    change(key_, [&](ModelSession& session) { session.records = result; });
    return answered("merge", code_of(reply),
                    edits_the_past && !theirs.empty() ? Code::conflict : Code::ok);
  }

  std::string remove() {
    const auto reply = store_->remove(key_);
    const Code code = exists(key_) ? Code::ok : Code::not_found;
    if (reply.ok() && exists(key_)) {
      trash_.push_back({reply->id, key_, TrashKind::session, sessions_[key_], {}});
      sessions_.erase(key_);
    }
    return answered("remove", code_of(reply), code);
  }

  std::string undelete() {
    if (trash_.empty()) return "nothing";
    const std::size_t index = pick(static_cast<unsigned>(trash_.size()));
    const ModelTrash item = trash_[index];
    key_ = item.key;
    Code code = exists(key_) ? Code::conflict : Code::ok;
    if (item.kind == TrashKind::records) {
      code = Code::conflict;
      if (exists(key_) && sessions_[key_].stamp == item.after.stamp) code = Code::ok;
      // Changed and changed back: engines may differ in whether they take it for a change.
      const bool unsure =
          code != Code::ok && exists(key_) && sessions_[key_].looks_like(item.after);
      if (unsure) return "nothing";
    }
    const Status status = store_->undelete(item.id);
    if (code == Code::ok) {
      change(key_, [&](ModelSession& session) { session = item.before; });
      trash_.erase(trash_.begin() + static_cast<std::ptrdiff_t>(index));
    }
    return answered("undelete", code_of(status), code);
  }

  std::string purge() {
    if (trash_.empty()) return "nothing";
    const std::size_t index = pick(static_cast<unsigned>(trash_.size()));
    const Status status = store_->purge(trash_[index].id);
    trash_.erase(trash_.begin() + static_cast<std::ptrdiff_t>(index));
    return answered("purge", code_of(status), Code::ok);
  }

  std::string rewind() {
    if (!exists(key_)) return answered("pop", code_of(store_->pop(key_, 1)), Code::not_found);
    const ModelSession before = sessions_[key_];
    const auto size = static_cast<unsigned>(before.records.size());
    const unsigned gone = std::min(pick(4), size);
    const bool by_count = pick(2) == 0;
    const auto reply =
        by_count ? store_->pop(key_, gone) : store_->rewind(key_, position_before(size - gone));
    if (reply.ok() && gone > 0) {
      EXPECT_EQ(reply->removed_records, gone);
      change(key_, [&](ModelSession& session) { session.records.resize(size - gone); });
      trash_.push_back({reply->trash_id, key_, TrashKind::records, before, sessions_[key_]});
    }
    return answered((by_count ? "pop " : "rewind ") + std::to_string(gone), code_of(reply),
                    Code::ok);
  }

  // Fork or rename.
  std::string copy() {
    const std::string target = any_key();
    const bool is_fork = pick(2) == 0;
    Code code = exists(target) ? Code::conflict : Code::ok;
    if (!exists(key_)) code = Code::not_found;
    if (!is_fork && target == key_) code = Code::invalid;
    if (!is_fork) {
      const auto reply = store_->rename(key_, target);
      if (code == Code::ok) {
        const ModelSession source = sessions_[key_];
        sessions_.erase(key_);
        change(target, [&](ModelSession& session) { session = source; });
      }
      return answered("rename to " + target, code_of(reply), code);
    }
    std::size_t length = exists(key_) ? sessions_[key_].records.size() : 0;
    std::optional<Position> position;
    if (length > 0 && sessions_[key_].title == 0 && pick(2) == 0) {
      length = pick(static_cast<unsigned>(length));
      position = position_before(length);
    }
    const auto reply = store_->fork(key_, target, position);
    if (code == Code::ok) {
      const ModelSession source = sessions_[key_];
      change(target, [&](ModelSession& session) {
        session = source;
        session.records.resize(length);
      });
    }
    return answered("fork to " + target, code_of(reply), code);
  }

  std::string update_metadata() {
    const int title = next_++;
    MetadataChange what;
    what.merge = R"({"title":)" + std::to_string(title) + "}";
    const auto reply = store_->update_metadata(key_, what, creating(Create::never));
    const Code code = exists(key_) ? Code::ok : Code::not_found;
    if (code == Code::ok) change(key_, [&](ModelSession& session) { session.title = title; });
    return answered("update metadata", code_of(reply), code);
  }

  std::string read() {
    if (!exists(key_)) {
      return answered("read", code_of(read_from(*store_, key_)), Code::not_found);
    }
    Texts expected = sessions_[key_].records;
    ReadOptions how;
    const unsigned skipped = pick(static_cast<unsigned>(expected.size()) + 1);
    how.from = position_before(skipped);
    expected.erase(expected.begin(), expected.begin() + skipped);
    if (pick(2) == 0) {
      how.last = pick(5);
      const std::size_t kept = std::min<std::size_t>(*how.last, expected.size());
      expected.erase(expected.begin(), expected.end() - static_cast<std::ptrdiff_t>(kept));
    }
    how.backwards = pick(2) == 0;
    if (how.backwards) std::reverse(expected.begin(), expected.end());
    if (pick(2) == 0) how.limit = pick(5);
    if (expected.size() > how.limit) expected.resize(how.limit);
    EXPECT_EQ(value_of(read_from(*store_, key_, how)), expected);
    return "read " + std::to_string(expected.size());
  }

  std::string reopen() {
    store_.reset();
    store_ = fixture_.open({});
    return "reopen";
  }

  // Behind the first `count` records.
  Position position_before(std::size_t count) {
    if (count == 0) return {};
    ReadOptions how;
    how.limit = count;
    return value_of(store_->read(key_, how, [](const Record&) { return true; })).end;
  }

  // The session is about to be another: remembers how it was.
  template <class Change>
  void change(const std::string& key, const Change& apply) {
    if (exists(key)) old_[key] = {sessions_[key], known_version_[key]};
    apply(sessions_[key]);
    sessions_[key].stamp = new_stamp();
  }

  void check() {
    Texts keys;
    for (int number = 0; number < 5; ++number) {
      const std::string key = "key:" + std::to_string(number);
      known_version_[key] = value_of(store_->version(key));
      EXPECT_EQ(known_version_[key] == Version::none(), !exists(key)) << key;
      if (!exists(key)) continue;
      keys.push_back(key);
      EXPECT_EQ(value_of(read_from(*store_, key)), sessions_[key].records) << key;
      const int title = sessions_[key].title;
      EXPECT_EQ(compact(value_of(store_->metadata(key)).values),
                title == 0 ? "{}" : R"({"title":)" + std::to_string(title) + "}");
    }
    Texts listed;
    for (const SessionInfo& info : value_of(store_->list())) listed.push_back(info.key);
    std::sort(listed.begin(), listed.end());
    EXPECT_EQ(listed, keys);
    std::multiset<std::string> ids;
    for (const ModelTrash& item : trash_) ids.insert(item.id);
    std::multiset<std::string> listed_ids;
    for (const TrashEntry& entry : value_of(store_->trash())) listed_ids.insert(entry.id);
    EXPECT_EQ(listed_ids, ids);
  }

  struct Retry {
    std::string key;
    Texts batch;
    Version before;
    std::uint64_t stamp = 0;
  };

  EngineFixture& fixture_;
  std::shared_ptr<Store> store_;
  std::mt19937 random_;
  std::string key_;
  int next_ = 1;
  std::uint64_t stamp_ = 0;
  std::map<std::string, ModelSession> sessions_;
  std::vector<ModelTrash> trash_;
  std::map<std::string, Version> known_version_;
  std::map<std::string, std::pair<ModelSession, Version>> old_;  // before its last change
  Retry retry_;
  Texts log_;
};

TEST_P(StoreContract, RandomOperationsDoWhatTheModelAndTheReferenceDo) {
  for (const unsigned seed : {1U, 2U, 3U}) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const std::unique_ptr<EngineFixture> place = GetParam().make();
    const Texts log = ModelRun(*place, seed).run(300);
    const std::unique_ptr<EngineFixture> reference = make_reference();
    EXPECT_EQ(log, ModelRun(*reference, seed).run(300));
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace everturn::contract
