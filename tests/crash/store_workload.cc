// SPDX-License-Identifier: Apache-2.0
#include "tests/crash/store_workload.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/session_name.h"
#include "base/try.h"
#include "store/engine.h"

namespace everturn {
namespace {

constexpr std::size_t kMostWorlds = 64;

bool changed_nothing(const Status& status) {
  return status.code() == Code::conflict || status.code() == Code::not_found ||
         status.code() == Code::invalid;
}

// What was written anew, with a sync.
Body rewritten(Body body) {
  make_sure(body);
  forget_positions(body);
  return body;
}

std::vector<std::string_view> views(const std::vector<std::string>& records) {
  return {records.begin(), records.end()};
}

// A failed sync may have dropped what was only promised weakly.
void doubt(World& world) {
  for (auto& [key, body] : world.live) {
    for (Expected& record : body.records) {
      if (record.promise == Promise::weak) record.promise = Promise::maybe;
    }
  }
}

void add_to_body(Body& body, const Attempt& attempt, const Result<Appended>& reply) {
  const auto old = std::find_if(body.records.begin(), body.records.end(),
                                [&](const Expected& item) { return item.batch == attempt.batch; });
  if (old == body.records.end()) {
    for (const std::string& record : attempt.records) {
      body.records.push_back({record, Promise::maybe, attempt.batch, {}});
    }
  }
  if (!reply) return;
  body.may_be_absent = false;
  const bool durable = reply->reached == Level::power;
  if (durable) make_sure(body);
  bool is_first = true;
  for (Expected& record : body.records) {
    if (record.batch != attempt.batch) continue;
    record.promise = durable ? Promise::sure : Promise::weak;
    if (std::exchange(is_first, false)) record.position = reply->first;
  }
}

}  // namespace

std::string record_of(std::uint64_t number, std::size_t size) {
  const std::string text = std::to_string(number);
  std::string record = R"({"n":)" + text + R"(,"id":"i)" + text + R"(","text":")";
  const std::size_t rest = size > record.size() + 2 ? size - record.size() - 2 : 0;
  return record + std::string(rest, static_cast<char>('a' + number % 26)) + "\"}";
}

Result<std::unique_ptr<Store>> open_simulated_store(Fs& fs) {
  StoreOptions options;
  options.lock_wait = std::chrono::milliseconds(200);  // of the simulated clock
  std::unique_ptr<Engine> engine = TRY(open_dir_engine(fs, kStorePath, options));
  return std::make_unique<Store>(std::move(engine));
}

std::string session_path(std::string_view key) {
  return std::string(kStorePath) + "/" + session_file_name(key, false);
}

std::string temporary_path(std::string_view key) {
  return std::string(kStorePath) + "/" + temporary_file_name(session_file_name(key, false));
}

void Process::reopen() {
  writer_.reset();
  store_.reset();
  Result<std::unique_ptr<Store>> opened = open_simulated_store(fs_);
  last_ = opened.status();
  if (opened) store_ = *std::move(opened);
}

bool Process::failed(const Status& status) {
  // A failed device closes the whole store; a full disk does not.
  if (status.system_error() == EIO) reopen();
  last_ = status;
  return false;
}

bool Process::step(const Status& status, std::uint64_t mutations_before, const Change& change) {
  if (status.ok()) {
    std::erase_if(acks_.worlds, [&](World& world) { return !change(world); });
    if (acks_.worlds.empty()) acks_.broken = "a call was acknowledged that cannot have worked";
    last_ = {};
    return true;
  }
  if (!changed_nothing(status) && disk_.mutations() != mutations_before) {
    std::vector<World> worlds = acks_.worlds;
    for (World& world : acks_.worlds) doubt(world);
    for (World& world : worlds) {
      doubt(world);
      const bool possible = change(world);
      if (possible && acks_.worlds.size() < kMostWorlds) acks_.worlds.push_back(std::move(world));
    }
  }
  return failed(status);
}

Attempt Process::new_attempt(const std::string& key, const std::vector<std::size_t>& sizes,
                             How how) {
  Attempt attempt;
  attempt.key = key;
  attempt.batch = acks_.next_batch++;
  for (const std::size_t size : sizes)
    attempt.records.push_back(record_of(acks_.next_number++, size));
  attempt.how.durability.level = how.level;
  if (how.level == Level::interval) attempt.how.durability.interval = std::chrono::hours(1);
  if (how.retry == Retry::operation)
    attempt.how.once.operation = "op-" + std::to_string(attempt.batch);
  if (how.retry == Retry::member) attempt.how.once.member = "id";
  if (how.retry == Retry::expected) {
    const Result<Version> version = store_->version(key);
    if (version) {
      attempt.how.expected = *version;
    } else {
      failed(version.status());
    }
  }
  return attempt;
}

void Process::note_append(const Attempt& attempt, const Result<Appended>& reply,
                          bool changed_disk) {
  if (!reply && (changed_nothing(reply.status()) || !changed_disk)) return;
  for (World& world : acks_.worlds) {
    if (!reply) doubt(world);
    const auto [body, is_new] = world.live.try_emplace(attempt.key);
    if (is_new) body->second.may_be_absent = true;
    add_to_body(body->second, attempt, reply);
  }
}

bool Process::append_noted(const Attempt& attempt, const Call& call) {
  const std::uint64_t before = disk_.mutations();
  const Result<Appended> reply = call();
  note_append(attempt, reply, disk_.mutations() != before);
  if (!reply) return failed(reply.status());
  last_ = {};
  return true;
}

bool Process::append(const std::string& key, const std::vector<std::size_t>& sizes, How how) {
  if (store_ == nullptr) return false;
  const Attempt attempt = new_attempt(key, sizes, how);
  if (how.retry == Retry::expected && !attempt.how.expected) return false;
  acks_.retry = attempt;
  return append_noted(attempt,
                      [&] { return store_->append(key, views(attempt.records), attempt.how); });
}

bool Process::append_each(const std::string& key,
                          const std::vector<std::vector<std::size_t>>& batches, How how) {
  if (store_ == nullptr) return false;
  acks_.retry.reset();
  std::vector<Attempt> attempts;
  for (const std::vector<std::size_t>& sizes : batches)
    attempts.push_back(new_attempt(key, sizes, how));
  std::vector<std::vector<std::string_view>> records;
  for (const Attempt& attempt : attempts) records.push_back(views(attempt.records));
  std::vector<AppendCall> calls;
  for (std::size_t i = 0; i < attempts.size(); ++i) {
    calls.push_back({.records = records[i], .how = attempts[i].how});
  }
  const std::uint64_t before = disk_.mutations();
  store_->append_each(key, calls);
  last_ = {};
  for (std::size_t i = 0; i < calls.size(); ++i) {
    note_append(attempts[i], calls[i].reply, disk_.mutations() != before);
    if (!calls[i].reply) last_ = calls[i].reply.status();
  }
  return last_.ok() || failed(last_);
}

bool Process::append_again() {
  if (store_ == nullptr || !acks_.retry) return false;
  const Attempt attempt = *acks_.retry;
  return append_noted(
      attempt, [&] { return store_->append(attempt.key, views(attempt.records), attempt.how); });
}

bool Process::save(const std::string& key, const std::vector<std::size_t>& sizes) {
  if (store_ == nullptr) return false;
  acks_.retry.reset();
  const Attempt attempt = new_attempt(key, sizes, {Level::power, Retry::expected});
  if (store_ == nullptr || !attempt.how.expected) return false;
  const std::uint64_t before = disk_.mutations();
  const Result<Appended> reply = store_->save(key, views(attempt.records), attempt.how);
  return step(reply.status(), before, [&](World& world) {
    Body& body = world.live[key];
    body.records.clear();
    for (const std::string& record : attempt.records) {
      body.records.push_back({record, Promise::sure, attempt.batch, {}});
    }
    if (reply && !body.records.empty()) body.records.front().position = reply->first;
    body.may_be_absent = false;
    return true;
  });
}

bool Process::set_title(const std::string& key) {
  if (store_ == nullptr) return false;
  acks_.retry.reset();
  const std::string title = "\"title " + std::to_string(acks_.next_number++) + "\"";
  MetadataChange change;
  change.merge = R"({"title":)" + title + "}";
  const std::uint64_t before = disk_.mutations();
  const Result<Metadata> reply = store_->update_metadata(key, change);
  if (!reply && (changed_nothing(reply.status()) || disk_.mutations() == before)) {
    return failed(reply.status());
  }
  for (World& world : acks_.worlds) {
    const auto body = world.live.find(key);
    if (body == world.live.end()) continue;
    std::set<std::string>& titles = body->second.titles;
    if (reply) titles.clear();
    if (!reply && titles.empty()) titles.insert("");
    titles.insert(title);
    if (reply) make_sure(body->second);
    if (!reply) doubt(world);
  }
  if (!reply) return failed(reply.status());
  last_ = {};
  return true;
}

bool Process::pop(const std::string& key, std::uint64_t count) {
  return take_off(key, count, [&](Position) { return store_->pop(key, count); });
}

bool Process::rewind(const std::string& key, std::uint64_t count) {
  return take_off(key, count, [&](Position from) { return store_->rewind(key, from); });
}

bool Process::take_off(const std::string& key, std::uint64_t count, const TakeOff& call) {
  if (store_ == nullptr) return false;
  acks_.retry.reset();
  // How many of the uncertain ones are there, only the store knows: these go by what it shows.
  std::vector<std::pair<std::string, Position>> shown;
  const Result<ReadReport> report = store_->read(key, {}, [&](const Record& record) {
    shown.emplace_back(record.bytes, record.position);
    return true;
  });
  if (!report || shown.size() < count) return false;
  const auto& [first, position] = shown[shown.size() - count];
  const std::uint64_t before = disk_.mutations();
  const Result<Rewound> reply = call(position);
  const std::string id = reply ? reply->trash_id : "";
  const bool done = step(reply.status(), before, [&](World& world) {
    Body& body = world.live[key];
    body = rewritten(std::move(body));
    const auto cut =
        std::find_if(body.records.begin(), body.records.end(),
                     [&, &bytes = first](const Expected& item) { return item.bytes == bytes; });
    if (cut == body.records.end()) return false;
    ThrownAway thrown{id, key, TrashKind::records, {}};
    thrown.body.records.assign(cut, body.records.end());
    body.records.erase(cut, body.records.end());
    world.trash.push_back(std::move(thrown));
    return true;
  });
  if (done) acks_.thrown.push_back({id, key, TrashKind::records, {}});
  return done;
}

bool Process::remove(const std::string& key) {
  if (store_ == nullptr) return false;
  acks_.retry.reset();
  const std::uint64_t before = disk_.mutations();
  const Result<TrashEntry> reply = store_->remove(key);
  const std::string id = reply ? reply->id : "";
  const bool done = step(reply.status(), before, [&](World& world) {
    const auto body = world.live.find(key);
    if (body == world.live.end()) return false;
    world.trash.push_back({id, key, TrashKind::session, body->second});
    make_sure(world.trash.back().body);
    world.live.erase(body);
    return true;
  });
  if (done) acks_.thrown.push_back({id, key, TrashKind::session, {}});
  return done;
}

std::string Process::id_of(const std::string& key, TrashKind* kind) const {
  for (auto entry = acks_.thrown.rbegin(); entry != acks_.thrown.rend(); ++entry) {
    *kind = entry->kind;
    if (entry->key == key) return entry->id;
  }
  return "";
}

bool Process::undelete(const std::string& key) {
  TrashKind kind = TrashKind::session;
  const std::string id = id_of(key, &kind);
  if (store_ == nullptr || id.empty()) return false;
  acks_.retry.reset();
  const std::uint64_t before = disk_.mutations();
  const Status status = store_->undelete(id);
  return step(status, before, [&](World& world) {
    const auto entry = std::find_if(world.trash.begin(), world.trash.end(),
                                    [&](const ThrownAway& item) { return item.id == id; });
    if (entry == world.trash.end()) return false;
    Body& body = world.live[key];
    if (kind == TrashKind::session) {
      body = entry->body;
    } else {
      body = rewritten(std::move(body));
      body.records.insert(body.records.end(), entry->body.records.begin(),
                          entry->body.records.end());
    }
    world.trash.erase(entry);
    return true;
  });
}

bool Process::purge(const std::string& key) {
  TrashKind kind = TrashKind::session;
  const std::string id = id_of(key, &kind);
  if (store_ == nullptr || id.empty()) return false;
  acks_.retry.reset();
  const std::uint64_t before = disk_.mutations();
  const Status status = store_->purge(id);
  if (status.ok()) acks_.purged.insert(id);
  return step(status, before, [&](World& world) {
    std::erase_if(world.trash, [&](const ThrownAway& item) { return item.id == id; });
    return true;
  });
}

bool Process::fork(const std::string& key, const std::string& new_key) {
  if (store_ == nullptr) return false;
  acks_.retry.reset();
  const std::uint64_t before = disk_.mutations();
  const Status status = store_->fork(key, new_key).status();
  return step(status, before, [&](World& world) {
    if (!world.live.contains(key)) return false;
    make_sure(world.live[key]);
    world.live[new_key] = rewritten(world.live[key]);
    world.live[new_key].may_be_absent = false;
    return true;
  });
}

bool Process::rename(const std::string& key, const std::string& new_key) {
  if (store_ == nullptr) return false;
  acks_.retry.reset();
  const std::uint64_t before = disk_.mutations();
  const std::vector<World> worlds = acks_.worlds;
  const Status status = store_->rename(key, new_key).status();
  const bool done = step(status, before, [&](World& world) {
    if (!world.live.contains(key)) return false;
    world.live[new_key] = rewritten(world.live[key]);
    world.live.erase(key);
    return true;
  });
  if (done || acks_.worlds.size() == worlds.size()) return done;
  for (World world : worlds) {  // both names
    if (!world.live.contains(key)) continue;
    doubt(world);
    world.live[new_key] = rewritten(world.live[key]);
    acks_.worlds.push_back(std::move(world));
  }
  return false;
}

bool Process::vacuum(const std::string& key) {
  if (store_ == nullptr) return false;
  acks_.retry.reset();
  const std::uint64_t before = disk_.mutations();
  const Status status = store_->vacuum(key).status();
  return step(status, before, [&](World& world) {
    if (!world.live.contains(key)) return false;
    forget_positions(world.live[key]);
    return true;
  });
}

bool Process::sweep() {
  if (store_ == nullptr) return false;
  const std::uint64_t before = disk_.mutations();
  return step(store_->sweep(), before, [](World&) { return true; });
}

bool Process::flush() {
  if (store_ == nullptr) return false;
  const std::uint64_t before = disk_.mutations();
  return step(store_->flush(), before, [](World& world) {
    for (auto& [key, body] : world.live) make_sure(body);
    return true;
  });
}

bool Process::open_writer(const std::string& key, Tail tail) {
  if (store_ == nullptr) return false;
  writer_key_ = key;
  WriterOptions options;
  options.tail = tail;
  Result<std::unique_ptr<Writer>> opened = store_->open_writer(key, options);
  if (!opened) return failed(opened.status());
  writer_ = *std::move(opened);
  return true;
}

bool Process::write(const std::vector<std::size_t>& sizes, Level level) {
  if (writer_ == nullptr) return false;
  acks_.retry.reset();
  const Attempt attempt = new_attempt(writer_key_, sizes, {level, Retry::none});
  const auto call = [&] { return writer_->append(views(attempt.records), attempt.how); };
  return append_noted(attempt, call);
}

bool Process::close_writer() {
  if (writer_ == nullptr) return false;
  const std::uint64_t before = disk_.mutations();
  const Status status = writer_->close();
  const std::string key = writer_key_;
  if (writer_ != nullptr) writer_.reset();
  return step(status, before, [&](World& world) {
    const auto body = world.live.find(key);
    if (body != world.live.end()) make_sure(body->second);
    return true;
  });
}

}  // namespace everturn
