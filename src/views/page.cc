// SPDX-License-Identifier: Apache-2.0
#include "everturn/page.h"

#include <utility>

#include "base/utf8.h"
#include "views/blocks.h"
#include "views/page_writer.h"
#include "views/survey.h"

namespace everturn {
namespace {

std::string_view speaker_name(Speaker speaker) {
  switch (speaker) {
    case Speaker::nobody:
      return "";
    case Speaker::user:
      return "user";
    case Speaker::assistant:
      return "assistant";
    case Speaker::system:
      return "system";
    case Speaker::program:
      return "program";
  }
  return "";
}

std::unique_ptr<PageWriter> writer_of(const PageOptions& options) {
  if (options.format == PageFormat::markdown) return markdown_page();
  if (options.format == PageFormat::html) return html_page();
  return text_page(options);
}

}  // namespace

std::string speaker_text(const Block& block) {
  std::string text = block.is_sub_agent ? "sub-agent's " : "";
  if (block.kind == BlockKind::summary) return text + "summary";
  if (block.kind == BlockKind::unknown) return text + "other";
  return text + std::string(speaker_name(block.speaker));
}

std::string aside_text(const std::map<std::string, std::uint64_t>& types) {
  std::uint64_t records = 0;
  std::string names;
  for (const auto& [type, count] : types) {
    records += count;
    names += (names.empty() ? "" : ", ") + type;
    if (count > 1) names += " x " + std::to_string(count);
  }
  return std::to_string(records) + (records == 1 ? " record" : " records") +
         " about the session: " + names;
}

std::string damage_sentence(const Damage& damage) {
  std::string text = std::to_string(damage.length) + (damage.length == 1 ? " byte" : " bytes") +
                     " at " + std::to_string(damage.offset) +
                     " are no record: " + std::string(damage_reason_name(damage.reason));
  if (!damage.detail.empty()) text += ": " + damage.detail;
  return printable(text);
}

bool tells_unsent(const Block& block) {
  const bool is_run_by_person = block.kind == BlockKind::call && block.speaker == Speaker::user;
  return block.is_unsent && (block.kind == BlockKind::words || is_run_by_person);
}

bool Headings::is_due(const Block& block) {
  if (block.kind == BlockKind::aside || block.kind == BlockKind::damage) return false;
  const bool is_alone = block.kind == BlockKind::summary || block.kind == BlockKind::unknown;
  std::string speaker = speaker_text(block);
  if (block.is_queued) speaker += ", while the model was at work";
  if (speaker == last_ && !is_alone && block.speaker != Speaker::user) return false;
  // A person's picture belongs to the words before it.
  if (speaker == last_ && block.kind == BlockKind::image) return false;
  last_ = std::move(speaker);
  return true;
}

struct Page::State {
  State(PageOptions given, Sink to)
      : options(std::move(given)),
        sink(std::move(to)),
        survey(options.dialect),
        reader(survey, [this](const Block& block) { return write(writer->block(block)); }),
        writer(writer_of(options)) {}

  bool write(const std::string& text) {
    if (goes_on && !text.empty()) goes_on = sink(text);
    return goes_on;
  }
  [[nodiscard]] bool folds() const { return options.format == PageFormat::text && !options.full; }

  PageOptions options;
  Sink sink;
  Survey survey;
  BlockReader reader;
  std::unique_ptr<PageWriter> writer;
  bool goes_on = true;
  std::uint64_t number = 0;      // of the next record
  std::uint64_t compaction = 0;  // what is before it is earlier
  std::uint64_t damaged = 0;
};

Page::Page(PageOptions options, Sink sink)
    : state_(std::make_unique<State>(std::move(options), std::move(sink))) {}
Page::~Page() = default;

bool Page::look(std::string_view record) noexcept {
  state_->survey.add(record);
  return true;
}

bool Page::begin(std::uint64_t first_record) noexcept {
  State& state = *state_;
  state.survey.settle();
  state.number = first_record;
  state.compaction = first_record == 0 ? state.survey.compaction() : 0;
  state.write(state.writer->begin(state.options, state.survey));
  if (state.compaction > 0) state.write(state.writer->begin_earlier(state.compaction));
  return state.goes_on;
}

bool Page::add(std::string_view record) noexcept {
  State& state = *state_;
  const std::uint64_t number = state.number++;
  if (state.compaction > 0 && number == state.compaction) {
    state.reader.flush();
    state.write(state.writer->end_earlier(state.compaction));
  }
  if (number < state.compaction && state.folds()) return state.goes_on;
  return state.reader.add(record, number) && state.goes_on;
}

bool Page::add_damage(const Damage& damage) noexcept {
  ++state_->damaged;
  return state_->reader.add_damage(damage) && state_->goes_on;
}

bool Page::end() noexcept {
  State& state = *state_;
  state.reader.flush();
  return state.write(state.writer->end(state.number, state.damaged));
}

std::string_view Page::dialect() const noexcept { return state_->survey.dialect().name; }

}  // namespace everturn
