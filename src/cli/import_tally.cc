// SPDX-License-Identifier: Apache-2.0
#include "cli/import_tally.h"

#include "base/json_object.h"
#include "base/utf8.h"
#include "cli/sizes.h"

namespace everturn::cli {
namespace {

std::string_view outcome_name(CopyOutcome outcome) {
  switch (outcome) {
    case CopyOutcome::copied:
      return "copied";
    case CopyOutcome::grown:
      return "grown";
    case CopyOutcome::rewritten:
      return "rewritten";
    case CopyOutcome::unchanged:
      return "unchanged";
  }
  return "";
}

}  // namespace

std::string json_text_of(const std::string& path) { return is_utf8(path) ? path : printable(path); }

void ImportTally::add(const ImportEvent& event) {
  if (!event.status.ok()) return add_failure(event.status.within(event.source));
  if (!event.skipped.empty()) return add_skipped(event);
  ++counts_.at(static_cast<std::size_t>(event.report.outcome));
  bytes_ += event.report.bytes;
  if (event.report.outcome != CopyOutcome::unchanged) add_copy(event);
}

void ImportTally::add_copy(const ImportEvent& event) {
  if (context_.json()) {
    JsonObject object("everturn.imported/1");
    object.add("outcome", outcome_name(event.report.outcome))
        .add("source", json_text_of(event.source))
        .add("copy", json_text_of(event.copy))
        .add_number("bytes", event.report.bytes);
    if (!event.report.older.empty()) object.add("older", json_text_of(event.report.older));
    context_.print(object);
  } else if (event.report.outcome == CopyOutcome::rewritten) {
    context_.output().say(printable(event.source) + ": rewritten there; the older content is " +
                          printable(event.report.older) + " beside the copy");
  }
}

void ImportTally::add_failure(const Status& status) {
  if (!told_.insert(status.message()).second) return;
  context_.report(status);
  ++failures_;
  if (exit_status_ == kExitOk) exit_status_ = static_cast<int>(status.code());
}

void ImportTally::add_skipped(const ImportEvent& event) {
  if (!told_.insert(event.source).second) return;
  ++skipped_;
  if (!context_.json()) {
    context_.output().note("note: " + event.skipped + ": " + printable(event.source));
    return;
  }
  JsonObject object("everturn.imported/1");
  object.add("outcome", "skipped")
      .add("source", json_text_of(event.source))
      .add("reason", event.skipped);
  context_.print(object);
}

void ImportTally::finish(bool is_following) {
  if (context_.json()) return print_json();
  print_text();
  if (failures_ > 0) context_.output().say(counted(failures_, "failure") + ", told above");
  if (is_following) return;
  context_.output().say("to read the copy: everturn --store " +
                        printable(shell_word("agents:" + to_)) + " list");
}

void ImportTally::print_text() {
  const std::uint64_t unchanged = count(CopyOutcome::unchanged);
  const std::uint64_t written =
      count(CopyOutcome::copied) + count(CopyOutcome::grown) + count(CopyOutcome::rewritten);
  if (written == 0) {
    const std::string before =
        unchanged == 0 ? "" : ": " + counted(unchanged, "file") + " copied before, unchanged";
    return context_.output().say("nothing new" + before);
  }
  context_.output().say(std::to_string(count(CopyOutcome::copied)) + " copied, " +
                        std::to_string(count(CopyOutcome::grown)) + " grown, " +
                        std::to_string(count(CopyOutcome::rewritten)) + " rewritten, " +
                        std::to_string(unchanged) + " unchanged; " + size_text(bytes_) +
                        " written");
}

void ImportTally::print_json() {
  JsonObject object("everturn.import/1");
  object.add("to", json_text_of(to_))
      .add_number("copied", count(CopyOutcome::copied))
      .add_number("grown", count(CopyOutcome::grown))
      .add_number("rewritten", count(CopyOutcome::rewritten))
      .add_number("unchanged", count(CopyOutcome::unchanged))
      .add_number("skipped", skipped_)
      .add_number("failed", failures_)
      .add_number("bytes", bytes_)
      .add("store", "agents:" + json_text_of(to_));
  context_.print(object);
}

}  // namespace everturn::cli
