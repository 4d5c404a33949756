// SPDX-License-Identifier: Apache-2.0
#include "cli/doctor_report.h"

#include <algorithm>
#include <utility>

#include "agents/folders.h"
#include "base/json_object.h"
#include "base/time_text.h"
#include "base/utf8.h"
#include "cli/agent_text.h"
#include "cli/find_session.h"
#include "cli/sizes.h"
#include "fs/fs.h"
#include "views/figures_json.h"

namespace everturn::cli {
namespace {

constexpr std::size_t kTracesShown = 10;
constexpr std::uint64_t kPartsShown = 3;
constexpr std::size_t kTitleWidth = 60;

using Sizes = std::array<std::uint64_t, kSizeParts>;

Style style_of(Grade grade) {
  if (grade == Grade::damage) return Style::red;
  return grade == Grade::hides_messages ? Style::yellow : Style::dim;
}

// "61 % tool output, 20 % images": the largest parts, those of 5 % and more.
std::string shares(const Sizes& sizes) {
  constexpr std::uint64_t kLeastPercent = 5;
  std::uint64_t all = 0;
  for (const std::uint64_t size : sizes) all += size;
  if (all == 0) return {};
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < kSizeParts; ++i) order.push_back(i);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return sizes.at(a) > sizes.at(b); });
  std::string text;
  for (std::size_t i = 0; i < kPartsShown; ++i) {
    const std::uint64_t percent = sizes.at(order[i]) * 100 / all;
    if (percent < kLeastPercent) break;
    text += (text.empty() ? "" : ", ") + std::to_string(percent) + " % " +
            std::string(size_part_name(static_cast<SizePart>(order[i])));
  }
  return text;
}

std::string plural(std::string_view title, std::uint64_t count) {
  const std::string text(title);
  if (count == 1) return text;
  constexpr std::string_view kPassword = "password";
  if (text.starts_with(kPassword)) return "passwords" + text.substr(kPassword.size());
  return text + "s";
}

// "12 ms", "3.4 s".
std::string duration_text(double seconds) {
  const auto milliseconds = static_cast<std::uint64_t>(seconds * 1000);
  if (milliseconds < 1000) return std::to_string(milliseconds) + " ms";
  return std::to_string(milliseconds / 1000) + "." + std::to_string(milliseconds / 100 % 10) + " s";
}

// What mends the session, or shows how.
std::string mend_command(const Patient& patient, const Context& context) {
  if (!patient.is_file) {
    return context.command_hint("repair " + shell_word(patient.session.key));
  }
  if (printable(patient.session.file_name) != patient.session.file_name) return {};
  return "everturn repair " + shell_word(patient.session.file_name);
}

// Writes a copy in which the agent finds all that is there.
std::string rescue_command(const Patient& patient, const Context& context) {
  const std::string& name = patient.is_file ? patient.session.file_name : patient.session.key;
  if (printable(name) != name) return {};
  const std::string command = "rescue " + shell_word(name) + " --to NEW.jsonl";
  return patient.is_file ? "everturn " + command : context.command_hint(command);
}

// A repair is refused of what the disk cannot read.
bool has_hole(const Examination& examination) {
  const std::string_view hole = damage_reason_name(DamageReason::unreadable);
  return std::any_of(examination.findings.begin(), examination.findings.end(),
                     [&](const Finding& finding) { return finding.kind == hole; });
}

}  // namespace

void DoctorReport::add(const Patient& patient, const Examination& examination) {
  ++sessions_;
  bytes_ += patient.session.bytes;
  for (std::size_t i = 0; i < kSizeParts; ++i) sizes_.at(i) += examination.sizes.at(i);
  if (patient.session.bytes > largest_bytes_) {
    largest_bytes_ = patient.session.bytes;
    largest_ = patient.session.key;
  }
  for (const SecretCount& count : examination.secrets) {
    Secrets& secrets = secrets_[count.kind];
    secrets.title = count.title;
    secrets.distinct += count.distinct;
    secrets.places += count.places;
    ++secrets.sessions;
  }
  notes_ += examination.count(Grade::note);
  const Grade worst = examination.worst();
  damaged_ += worst == Grade::damage ? 1 : 0;
  hiding_ += worst == Grade::hides_messages ? 1 : 0;
  const bool is_hole = has_hole(examination);
  if (is_hole && first_copy_.empty()) first_copy_ = rescue_command(patient, context_);
  if (worst == Grade::damage && !is_hole && first_mend_.empty()) {
    first_mend_ = mend_command(patient, context_);
  }
  if (worst == Grade::hides_messages && first_rescue_.empty()) {
    first_rescue_ = rescue_command(patient, context_);
  }
  if (context_.json()) return print_json(patient, examination);
  if (in_full_ || worst > Grade::note) print(patient, examination);
}

void DoctorReport::add_unreadable(const Patient& patient, const Status& status) {
  if (status.code() == Code::not_found) return;  // deleted meanwhile
  ++unreadable_;
  if (unreadable_status_ == 0) unreadable_status_ = static_cast<int>(status.code());
  context_.report(status.within(patient.session.key));
}

void DoctorReport::add_problems(std::vector<std::string> problems) {
  problems_.insert(problems_.end(), problems.begin(), problems.end());
}

void DoctorReport::add_traces(std::vector<SessionTrace> traces) { traces_ = std::move(traces); }

int DoctorReport::exit_status() const {
  if (damaged_ > 0) return static_cast<int>(Code::damaged);
  // Nothing was examined: no clean bill.
  if (sessions_ + unreadable_ == 0) return kExitNothing;
  return unreadable_status_;
}

void DoctorReport::print(const Patient& patient, const Examination& examination) {
  Output& output = context_.output();
  const SessionInfo& session = patient.session;
  // A title is a prompt as often as not: with secrets about, one may stand in it, or a part of one.
  const std::string title =
      examination.secrets.empty() ? overview_of(*patient.store, session).title : "";
  const std::int64_t now_ns = posix_fs().now_ns();
  output.write(output.paint(Style::bold, printable(session.key)) +
               (title.empty() ? "" : "  " + clipped(title, kTitleWidth)) + "\n");
  std::string facts = size_text(session.bytes) + ", " + counted(examination.records, "record") +
                      ", as " + std::string(examination.dialect) + " writes, last written " +
                      iso_utc_time(session.modified_ns) + " (" +
                      age_text(session.modified_ns, now_ns) + ")";
  if (patient.sub_agent_bytes > 0) {
    facts += "; its sub-agents " + size_text(patient.sub_agent_bytes);
  }
  output.write("  " + output.paint(Style::dim, facts) + "\n");
  for (const Finding& finding : examination.findings) {
    if (!in_full_ && finding.grade == Grade::note) continue;
    output.write(
        "  " + output.paint(style_of(finding.grade), std::string(grade_name(finding.grade)) + ":") +
        " " + finding.text + " (at byte " + std::to_string(finding.offset) + ")\n");
  }
  if (in_full_) {
    const std::string parts = shares(examination.sizes);
    if (!parts.empty()) output.write("  size: " + parts + "\n");
    for (const SecretCount& count : examination.secrets) {
      output.write("  " + output.paint(Style::yellow, "secrets:") + " " +
                   std::to_string(count.distinct) + " " + plural(count.title, count.distinct) +
                   " in " + counted(count.places, "place") + "\n");
    }
  }
  const bool is_to_copy = examination.count(Grade::hides_messages) > 0 || has_hole(examination);
  const std::string command =
      is_to_copy ? rescue_command(patient, context_) : mend_command(patient, context_);
  if (examination.worst() > Grade::note && !command.empty()) {
    output.write("  what to do: " + command + "\n");
  }
  output.write("\n");
}

void DoctorReport::print_json(const Patient& patient, const Examination& examination) {
  std::vector<std::string> findings;
  for (const Finding& finding : examination.findings) findings.push_back(finding_json(finding));
  JsonObject secrets;
  for (const SecretCount& count : examination.secrets) {
    secrets.add_raw(count.kind, JsonObject()
                                    .add_number("distinct", count.distinct)
                                    .add_number("places", count.places)
                                    .text());
  }
  const SessionInfo& session = patient.session;
  context_.print(
      JsonObject("everturn.examination/1")
          .add("key", session.key)
          .add("path", patient.is_file ? session.file_name : "")
          .add("part_of", session.part_of)
          .add("dialect", examination.dialect)
          .add("health", examination.findings.empty() || examination.worst() == Grade::note
                             ? "ok"
                             : grade_name(examination.worst()))
          .add_number("bytes", session.bytes)
          .add_number("sub_agent_bytes", patient.sub_agent_bytes)
          .add_number("records", examination.records)
          .add_number("damage_bytes", examination.damage_bytes)
          .add("modified", iso_utc_time(session.modified_ns))
          .add("last_record", examination.last_time)
          .add_list("findings", findings)
          .add_raw("secrets", secrets.text())
          .add_raw("sizes", sizes_json(examination.sizes)));
}

void DoctorReport::finish(double seconds) {
  Output& output = context_.output();
  if (context_.json()) {
    print_summary_json(seconds);
    return;
  }
  if (!traces_.empty()) print_traces();
  if (sessions_ + unreadable_ == 0 && traces_.empty()) {
    output.write("No sessions were found; " + where_to_look(context_) + ".\n");
  } else {
    print_summary(seconds);
    print_advice();
  }
  output.flush();
  for (const std::string& problem : problems_) {
    output.error(output.paint_error(Style::yellow, "note:") + " " + problem);
  }
}

// Sessions that are known by name only.
void DoctorReport::print_traces() {
  Output& output = context_.output();
  output.write(output.paint(Style::bold, "Known only by name") +
               ": what these sessions said is no longer here\n");
  for (std::size_t i = 0; i < std::min(traces_.size(), kTracesShown); ++i) {
    const SessionTrace& trace = traces_[i];
    std::string places;
    for (const std::string& place : trace.places) places += (places.empty() ? "" : ", ") + place;
    std::string line = "  " + printable(std::string(agent_name(trace.agent)) + ":" + trace.id) +
                       "  from " + places;
    if (trace.prompts > 0) line += ", " + counted(trace.prompts, "prompt");
    if (trace.last_ns > 0) line += ", last " + iso_utc_time(trace.last_ns);
    if (!trace.project.empty()) line += ", " + printable(trace.project);
    output.write(line + "\n");
  }
  if (traces_.size() > kTracesShown) {
    output.write("  and " + std::to_string(traces_.size() - kTracesShown) +
                 " more; --json names them all\n");
  }
  output.write("\n");
}

void DoctorReport::print_summary(double seconds) {
  Output& output = context_.output();
  const std::uint64_t sound = sessions_ - damaged_ - hiding_;
  output.write(counted(sessions_, "session") + ", " + size_text(bytes_) + ", examined in " +
               duration_text(seconds) + "\n");
  output.write("  " + output.paint(Style::green, std::to_string(sound)) + " sound");
  if (damaged_ > 0) {
    output.write(", " + output.paint(Style::red, std::to_string(damaged_)) + " damaged");
  }
  if (hiding_ > 0) {
    output.write(", " + output.paint(Style::yellow, std::to_string(hiding_)) +
                 " with messages that their agent does not find");
  }
  if (unreadable_ > 0) output.write(", " + std::to_string(unreadable_) + " more cannot be read");
  output.write(notes_ == 0 ? "\n" : "; " + counted(notes_, "remark") + "\n");
  const std::string parts = shares(sizes_);
  if (sessions_ > 1 && !parts.empty()) {
    output.write("  size: " + parts + "; the largest is " + printable(largest_) + " with " +
                 size_text(largest_bytes_) + "\n");
  }
  if (sessions_ > 1 && !secrets_.empty()) output.write("  secrets: " + secrets_text() + "\n");
}

std::string DoctorReport::secrets_text() const {
  std::string text;
  for (const auto& [kind, secrets] : secrets_) {
    text += (text.empty() ? "" : ", ") + plural(secrets.title, 2) + " in " +
            counted(secrets.places, "place") + " of " + counted(secrets.sessions, "session");
  }
  return text;
}

void DoctorReport::print_advice() {
  Output& output = context_.output();
  std::vector<std::string> advice;
  if (damaged_ > 0 && !first_mend_.empty()) {
    advice.push_back(first_mend_ + " shows what can be mended; it changes nothing without --apply");
  }
  if (!first_copy_.empty()) {
    advice.push_back(first_copy_ +
                     " writes a copy of what the disk can still read; see to the disk");
  }
  if (hiding_ > 0 && !first_rescue_.empty()) {
    advice.push_back(first_rescue_ + " writes a copy that shows the hidden messages again");
  }
  if (!secrets_.empty()) {
    advice.emplace_back(
        "secrets stand in these files as plain text: change those that still open something");
  }
  if (!traces_.empty()) {
    advice.emplace_back(
        "agents delete old transcripts by themselves (Claude Code: cleanupPeriodDays in its "
        "settings); a backup brings back those that are known only by name");
  }
  if (advice.empty()) {
    if (hiding_ == 0 && unreadable_ == 0) output.write("Nothing needs to be done.\n");
    return;
  }
  output.write("What to do next:\n");
  for (const std::string& one : advice) output.write("  - " + one + "\n");
}

void DoctorReport::print_summary_json(double seconds) {
  for (const SessionTrace& trace : traces_) {
    std::vector<std::string> places;
    for (const std::string& place : trace.places) places.push_back(quote_json(place));
    context_.print(JsonObject("everturn.trace/1")
                       .add("key", std::string(agent_name(trace.agent)) + ":" + trace.id)
                       .add("project", trace.project)
                       .add_number("prompts", trace.prompts)
                       .add("last", trace.last_ns == 0 ? "" : iso_utc_time(trace.last_ns))
                       .add_list("places", places));
  }
  std::vector<std::string> problems;
  for (const std::string& problem : problems_) problems.push_back(quote_json(problem));
  JsonObject secrets;
  for (const auto& [kind, counts] : secrets_) secrets.add_number(kind, counts.places);
  context_.print(JsonObject("everturn.doctor/1")
                     .add_number("sessions", sessions_)
                     .add_number("bytes", bytes_)
                     .add_number("damaged", damaged_)
                     .add_number("hiding_messages", hiding_)
                     .add_number("unreadable", unreadable_)
                     .add_number("notes", notes_)
                     .add_number("known_only_by_name", traces_.size())
                     .add_number("milliseconds", static_cast<std::uint64_t>(seconds * 1000))
                     .add_raw("sizes", sizes_json(sizes_))
                     .add_raw("secret_places", secrets.text())
                     .add_list("problems", problems));
}

}  // namespace everturn::cli
