// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/actor.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <thread>

#include "base/session_name.h"
#include "tests/lab/allocation.h"

namespace everturn::lab {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kInterval(5);

class Actor {
 public:
  Actor(const Script& script, const Stage& stage, int descriptor)
      : script_(script), stage_(stage), descriptor_(descriptor) {
    open();
  }

  void run(std::size_t index) {
    index_ = index;
    const Step& step = script_.step(index);
    if (step.act == Act::pop)
      ask_what_pops(step);
    else
      tell({Reply::Kind::asks, index, 0, Code::ok, 0, Level::power, {}, -1, "-", ""});
    perform(step);
  }

 private:
  void open() {
    writer_.reset();
    store_.reset();
    StoreOptions options;
    options.lock_wait = stage_.lock_wait;
    Result<std::unique_ptr<Store>> opened = open_store("dir:" + stage_.folder, options);
    if (opened) store_ = *std::move(opened);
  }

  void tell(Reply reply) {
    const std::string line = to_line(reply);
    const std::lock_guard<std::mutex> lock(mutex_);
    if (::write(descriptor_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
      ::_exit(98);
    }
    char go = 0;
    if (stage_.waits_for_go && ::read(descriptor_, &go, 1) != 1) ::_exit(97);
  }
  Reply reply_to(const Status& status) {
    Reply reply;
    reply.kind = Reply::Kind::answer;
    reply.step = index_;
    reply.code = status.code();
    reply.system_error = status.system_error();
    reply.id = "-";
    reply.message = status.message();
    return reply;
  }
  void skip() {
    Reply reply = reply_to({});
    reply.kind = Reply::Kind::skipped;
    tell(reply);
  }
  void answer(const Status& status, const std::string& id = "-") {
    Reply reply = reply_to(status);
    reply.id = id.empty() ? "-" : id;
    tell(reply);
    after(status);
  }
  void answer(const Result<Appended>& result, std::size_t thread = 0) {
    Reply reply = reply_to(result.status());
    reply.thread = thread;
    if (result) {
      reply.reached = result->reached;
      reply.first = result->first;
    }
    tell(reply);
  }
  // As a careful caller does it: a failed device closes the whole store. A writer gets a second
  // chance to prove that it refuses.
  void after(const Status& status) {
    if (status.ok()) return;
    const bool lost = status.system_error() == EIO || status.system_error() == EROFS;
    if (lost && (writer_ == nullptr || writer_failed_)) open();
  }

  template <class Call>
  auto library(Call call) {
    const AllocationFaults armed;
    return call();
  }

  void perform(const Step& step) {
    if (step.act == Act::reopen) return answer((open(), Status()));
    if (is_damage(step.act) || step.act == Act::litter) return answer(damage(step));
    if (store_ == nullptr) open();
    if (store_ == nullptr) return skip();
    switch (step.act) {
      case Act::append:
      case Act::save:
        return append(step);
      case Act::each:
        return append_each(step);
      case Act::open_writer:
      case Act::write:
      case Act::group:
      case Act::await_durable:
      case Act::close_writer:
        return use_writer(step);
      case Act::remove:
      case Act::undelete:
      case Act::purge:
      case Act::pop:
        return use_trash(step);
      case Act::repair:
      case Act::repair_in_place:
      case Act::undo:
        return use_repair(step);
      default:
        return answer(change(step));
    }
  }

  void append(const Step& step) {
    const std::vector<std::string> records = records_of(script_, index_, stage_.seed);
    const std::vector<std::string_view> views(records.begin(), records.end());
    WriteOptions how = options_of(step);
    const Result<Appended> result = library([&]() -> Result<Appended> {
      if (step.act == Act::append) return store_->append(step.key, views, how);
      const Result<Version> version = store_->version(step.key);
      if (!version) return version.status();
      how.expected = *version;
      return store_->save(step.key, views, how);
    });
    answer(result);
    after(result.status());
  }
  // Each is an operation of its own, which its place in the call names.
  void append_each(const Step& step) {
    const std::vector<std::string> records = records_of(script_, index_, stage_.seed);
    const std::vector<std::string_view> views(records.begin(), records.end());
    std::vector<AppendCall> calls(views.size());
    for (std::size_t i = 0; i < calls.size(); ++i) {
      calls[i].records = {&views[i], 1};
      calls[i].how = options_of(step);
      if (step.retry == Retry::operation) calls[i].how.once.operation += "." + std::to_string(i);
    }
    library([&] { store_->append_each(step.key, calls); });
    Status last;
    for (std::size_t i = 0; i < calls.size(); ++i) {
      answer(calls[i].reply, i);
      if (!calls[i].reply) last = calls[i].reply.status();
    }
    after(last);
  }
  WriteOptions options_of(const Step& step) const {
    WriteOptions how;
    how.durability.level = step.level;
    if (step.level == Level::interval) how.durability.interval = kInterval;
    if (step.retry == Retry::operation) how.once.operation = operation_of(index_);
    if (step.retry == Retry::member) how.once.member = "id";
    return how;
  }

  Status change(const Step& step) {
    MetadataChange title;
    title.merge = R"({"title":)" + title_of(index_) + "}";
    return library([&]() -> Status {
      switch (step.act) {
        case Act::title:
          return store_->update_metadata(step.key, title).status();
        case Act::fork:
          return store_->fork(step.key, step.new_key).status();
        case Act::rename:
          return store_->rename(step.key, step.new_key).status();
        case Act::vacuum:
          return store_->vacuum(step.key).status();
        case Act::flush:
          return store_->flush();
        default:
          return store_->sweep();
      }
    });
  }

  // Tells the number of the first record that is going to be taken off.
  void ask_what_pops(const Step& step) {
    Reply reply = reply_to({});
    reply.kind = Reply::Kind::asks;
    std::vector<std::int64_t> shown;
    if (store_ == nullptr) open();
    if (store_ != nullptr) {
      static_cast<void>(store_->read(step.key, {}, [&](const Record& record) {
        shown.push_back(record_number(record.bytes));
        return true;
      }));
    }
    if (shown.size() >= step.count) reply.number = shown[shown.size() - step.count];
    pops_nothing_ = reply.number < 0;
    tell(reply);
  }
  void use_trash(const Step& step) {
    if (step.act == Act::pop && pops_nothing_) return skip();
    if (step.act == Act::pop) {
      const Result<Rewound> result = library([&] { return store_->pop(step.key, step.count); });
      if (result) thrown_.emplace_back(step.key, result->trash_id);
      return answer(result.status(), result ? result->trash_id : "-");
    }
    if (step.act == Act::remove) {
      const Result<TrashEntry> result = library([&] { return store_->remove(step.key); });
      if (result) thrown_.emplace_back(step.key, result->id);
      return answer(result.status(), result ? result->id : "-");
    }
    std::string id;
    for (const auto& [key, thrown] : thrown_) {
      if (key == step.key) id = thrown;
    }
    if (id.empty()) return skip();
    answer(
        library([&] { return step.act == Act::purge ? store_->purge(id) : store_->undelete(id); }),
        id);
  }

  void use_writer(const Step& step) {
    if (step.act == Act::open_writer) {
      writer_.reset();
      writer_failed_ = false;
      WriterOptions how;
      how.tail = step.tail;
      Result<std::unique_ptr<Writer>> opened =
          library([&] { return store_->open_writer(step.key, how); });
      const Status status = opened.status();
      if (opened) writer_ = *std::move(opened);
      return answer(status);
    }
    if (writer_ == nullptr) return skip();
    if (step.act == Act::await_durable) return answer(await_durable());
    if (step.act == Act::close_writer) {
      const Status status = library([&] { return writer_->close(); });
      writer_.reset();
      return answer(status);
    }
    const std::vector<std::string> records = records_of(script_, index_, stage_.seed);
    if (step.act == Act::group) return write_together(step, records);
    const std::vector<std::string_view> views(records.begin(), records.end());
    answer_write(library([&] { return writer_->append(views, options_of(step)); }));
  }
  void answer_write(const Result<Appended>& result) {
    answer(result);
    if (result) {
      end_ = result->end;
      return;
    }
    after(result.status());
    writer_failed_ = true;
  }
  void write_together(const Step& step, const std::vector<std::string>& records) {
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < records.size(); ++i) {
      threads.emplace_back([&, i] {
        const std::string_view record = records[i];
        answer(writer_->append({&record, 1}, options_of(step)), i);
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  Status await_durable() {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (writer_->durable() < end_) {
      if (std::chrono::steady_clock::now() > deadline) return {Code::io, kNeverDurable};
      std::this_thread::sleep_for(milliseconds(1));
    }
    return {};
  }

  void use_repair(const Step& step) {
    if (step.act == Act::undo) return undo(step);
    RepairOptions how;
    how.in_place = step.act == Act::repair_in_place;
    const Result<RepairReport> result = library([&] { return store_->repair(step.key, how); });
    const std::string id = result ? result->receipt_id : "";
    if (!id.empty()) repaired_.emplace_back(step.key, id);
    answer(result.status(), id);
  }
  void undo(const Step& step) {
    const auto last = std::find_if(repaired_.rbegin(), repaired_.rend(),
                                   [&](const auto& one) { return one.first == step.key; });
    if (last == repaired_.rend()) return skip();
    const std::string id = last->second;
    const Status status = library([&] { return store_->undo_repair(id); });
    if (status.ok()) repaired_.erase(std::next(last).base());
    answer(status, id);
  }

  Status damage(const Step& step) const {
    const std::string name = session_file_name(step.key, false);
    const bool litters = step.act == Act::litter;
    const std::string path = stage_.folder + "/" + (litters ? temporary_file_name(name) : name);
    const int file = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) return {Code::io, "cannot damage " + path, errno};
    const std::string bytes = damage_of(script_, index_, stage_.seed);
    // A limit for files is for the store to feel.
    const auto handler = ::signal(SIGXFSZ, SIG_IGN);
    const bool done =
        ::write(file, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) &&
        ::fsync(file) == 0;
    ::signal(SIGXFSZ, handler);
    ::close(file);
    return done ? Status() : Status(Code::io, "cannot damage " + path);
  }

  const Script& script_;
  const Stage& stage_;
  const int descriptor_;
  std::size_t index_ = 0;
  std::mutex mutex_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Writer> writer_;
  bool writer_failed_ = false;
  bool pops_nothing_ = false;
  Position end_;
  std::vector<std::pair<std::string, std::string>> thrown_;    // key and trash id
  std::vector<std::pair<std::string, std::string>> repaired_;  // key and receipt id
};

}  // namespace

std::vector<std::size_t> from_to(std::size_t begin, std::size_t end) {
  std::vector<std::size_t> steps;
  for (std::size_t index = begin; index < end; ++index) steps.push_back(index);
  return steps;
}

void act(const Script& script, const std::vector<std::size_t>& steps, const Stage& stage,
         int descriptor) {
  set_allocation_fault(stage.fails_allocation, stage.fails_for_ever);
  Actor actor(script, stage, descriptor);
  for (const std::size_t index : steps) actor.run(index);
}

}  // namespace everturn::lab
