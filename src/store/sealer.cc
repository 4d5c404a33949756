// SPDX-License-Identifier: Apache-2.0
#include "store/sealer.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "base/session_name.h"
#include "base/try.h"
#include "journal/reader.h"
#include "journal/replace.h"

namespace everturn {
namespace {

constexpr std::string_view kEnding = ".seal";
constexpr std::uint64_t kTailBytes = 16 << 10;
constexpr int kPause = 64;

Sha256 new_salt(Fs& fs) {
  Sha256 salt{};
  for (std::size_t half = 0; half < 2; ++half) {
    std::uint64_t bits = fs.random();
    for (std::size_t i = 0; i < 8; ++i, bits >>= 8U) {
      salt.at(half * 8 + i) = static_cast<unsigned char>(bits);
    }
  }
  return salt;
}

// Takes the lines of a seal file.
class SealLines : public LineSink {
 public:
  bool on_line(std::uint64_t, std::string_view bytes, bool) override {
    if (std::optional<SealLine> line = parse_seal_line(bytes)) lines.push_back(*std::move(line));
    return true;
  }
  bool on_long_line(std::uint64_t, std::uint64_t) override { return true; }
  bool on_unreadable(std::uint64_t, std::uint64_t, std::string_view) override { return true; }
  std::vector<SealLine> lines;
};

// Gives the whole lines of a session to a chain.
class LinesOfSession : public LineSink {
 public:
  explicit LinesOfSession(std::function<void(std::string_view)> take) : take_(std::move(take)) {}
  bool on_line(std::uint64_t offset, std::string_view bytes, bool terminated) override {
    if (!terminated) return false;
    take_(bytes);
    end = offset + bytes.size() + 1;
    return true;
  }
  bool on_long_line(std::uint64_t, std::uint64_t) override {
    is_too_long = true;
    return false;
  }
  bool on_unreadable(std::uint64_t, std::uint64_t, std::string_view) override {
    has_hole = true;
    return false;
  }
  std::uint64_t end = 0;
  bool is_too_long = false;
  bool has_hole = false;

 private:
  std::function<void(std::string_view)> take_;
};

}  // namespace

std::string seal_file_name(std::string_view session_file) {
  std::string name(unpacked_name(session_file));  // packed, it has the same seals
  if (name.size() + kEnding.size() > kMaxFileNameBytes) name = hex(sha256(session_file));
  return name.append(kEnding);
}

bool keeps_seals(const DirContext& context, const FileId& id) {
  return context.options.seals && context.folder->kind() == FolderKind::own && id.birth_ns != 0;
}

Result<std::vector<SealLine>> read_seals(DirContext& context, std::string_view session_file) {
  const std::shared_ptr<Folder> folder = TRY(context.folder->seals(false));
  if (folder == nullptr) return std::vector<SealLine>();
  const auto file = folder->open(seal_file_name(session_file), Access::read);
  if (!file && file.status().code() == Code::not_found) return std::vector<SealLine>();
  if (!file) return file.status();
  const FileInfo info = TRY((*file)->info());
  SealLines seals;
  LineLimits limits;
  limits.max_line_bytes = kTailBytes;
  CHECK_OK(read_lines(**file, 0, info.size, limits, seals));
  return std::move(seals.lines);
}

Status drop_seals(DirContext& context, std::string_view session_file) {
  const std::shared_ptr<Folder> folder = TRY(context.folder->seals(false));
  if (folder == nullptr) return {};
  Status removed = folder->remove(seal_file_name(session_file));
  return removed.code() == Code::not_found ? Status() : removed;
}

FreshLines::FreshLines(Fs& fs) : salt_(new_salt(fs)), chain_(salt_) {}

void FreshLines::add(std::string_view line) {
  chain_.add(line);
  ++lines_;
  bytes_ += line.size() + 1;
}

Status keep_seals_of(DirContext& context, std::string_view session_file, std::uint64_t generation) {
  const std::shared_ptr<Folder> folder = TRY(context.folder->seals(false));
  const std::vector<SealLine> lines = TRY(read_seals(context, session_file));
  std::string kept;
  for (const SealLine& line : lines) {
    if (line.file == generation) add_seal_line(kept, line);
  }
  if (kept.empty()) return drop_seals(context, session_file);
  const std::string name = seal_file_name(session_file);
  const std::string temporary = temporary_file_name(name);
  const Status removed = folder->remove(temporary);
  if (!removed.ok() && removed.code() != Code::not_found) return removed;
  const std::unique_ptr<File> file = TRY(folder->open(temporary, Access::create_new));
  CHECK_OK(append_all(*file, kept));
  return folder->rename(temporary, *folder, name, true);
}

Status Sealer::open(const std::string& session_file) {
  if (file_ != nullptr && name_ == session_file) {
    const FileInfo info = TRY(file_->info_without_times());
    if (info.links > 0 && info.size == size_) return {};
  }
  file_.reset();
  generation_ = 0;
  const std::string name = seal_file_name(session_file);
  for (const bool again : {false, true}) {
    const std::shared_ptr<Folder> folder = TRY(context_.folder->seals(true));
    if (folder == nullptr) return {Code::not_found, "no folder for seals"};
    Result<std::unique_ptr<File>> file = folder->open(name, Access::append);
    if (!file && file.status().code() == Code::not_found) {
      file = folder->open(name, Access::create_new);
    }
    if (file) {
      file_ = *std::move(file);
      name_ = session_file;
      return {};
    }
    // Somebody has cleared the cache away.
    if (again || file.status().code() != Code::not_found) return file.status();
    context_.folder->forget_seals();
  }
  return {};
}

// How the seal file ends, for a session's file of this generation.
Status Sealer::look(std::uint64_t generation) {
  const FileInfo info = TRY(file_->info_without_times());
  size_ = info.size;
  tail_ = {};
  const std::uint64_t begin = size_ - std::min(size_, kTailBytes);
  std::string bytes(static_cast<std::size_t>(size_ - begin), '\0');
  const std::size_t got = TRY(file_->read_at(begin, bytes.data(), bytes.size()));
  bytes.resize(got);
  needs_guard_ = !bytes.empty() && bytes.back() != '\n';
  std::string_view rest = bytes;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size() - 1) + 1;
    std::optional<SealLine> line = parse_seal_line(rest.substr(0, end));
    rest.remove_prefix(end);
    if (!line) continue;
    tail_.chain = std::max(tail_.chain, line->chain);
    if (line->kind == SealLine::Kind::seal) tail_.head = head_text(line->head);
    if (line->file == generation) tail_.of_file = *std::move(line);
  }
  return {};
}

// Goes on with the newest chain of this file, if there is one.
Status Sealer::take_up(const std::string& session_file, std::uint64_t generation) {
  CHECK_OK(open(session_file));
  text_.clear();
  marks_.clear();
  new_lines_ = 0;
  if (generation_ == generation) return {};
  generation_ = 0;
  CHECK_OK(look(generation));
  if (!tail_.of_file) return {};
  const SealLine& last = *tail_.of_file;
  const bool begins = last.kind == SealLine::Kind::begin;
  generation_ = generation;
  chain_number_ = last.chain;
  chain_.restart(begins ? last.salt : last.head);
  end_ = begins ? last.from : last.end;
  lines_ = begins ? 0 : last.lines;
  return {};
}

void Sealer::begin_chain(std::uint64_t generation, std::uint64_t from, std::string_view why,
                         bool anew, const Sha256& salt) {
  SealLine line;
  line.kind = SealLine::Kind::begin;
  line.file = generation;
  line.chain = generation_ == 0 ? tail_.chain + 1 : chain_number_ + 1;
  line.at_ns = context_.fs.now_ns();
  line.from = from;
  line.salt = salt;
  line.why = why;
  line.anew = anew;
  line.old_head = generation_ != 0 && lines_ > 0 ? head_text(chain_.head()) : tail_.head;
  add_seal_line(text_, line);
  generation_ = generation;
  chain_number_ = line.chain;
  chain_.restart(line.salt);
  end_ = from;
  lines_ = 0;
}

void Sealer::add_line(std::string_view line) {
  chain_.add(line);
  if (++new_lines_ <= kSealMarksMax) marks_.push_back(seal_mark(chain_.head()));
}

void Sealer::add_lines(std::string_view lines) {
  end_ += lines.size();
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    add_line(lines.substr(0, end));
    lines.remove_prefix(end + 1);
  }
}

// The whole lines of the session from where the chain ends up to `end`.
Status Sealer::add_from_file(File& file, std::uint64_t end) {
  LinesOfSession lines([this](std::string_view line) { add_line(line); });
  lines.end = end_;
  LineLimits limits;
  limits.max_line_bytes = kSealedLineMax;
  CHECK_OK(read_lines(file, end_, end, limits, lines));
  if (lines.is_too_long) return {Code::invalid, "a line over 1 GiB cannot be sealed"};
  if (lines.has_hole) return {Code::io, "what the disk cannot read cannot be sealed"};
  end_ = lines.end;
  return {};
}

Status Sealer::write(bool late) {
  if (new_lines_ > 0) {
    SealLine line;
    line.file = generation_;
    line.chain = chain_number_;
    line.at_ns = context_.fs.now_ns();
    line.end = end_;
    line.lines = lines_ += new_lines_;
    line.head = chain_.head();
    line.late = late;
    // Of a single line, `head` says it all.
    if (new_lines_ > 1 && new_lines_ == marks_.size()) line.marks = std::move(marks_);
    add_seal_line(text_, line);
  }
  if (text_.empty()) return {};
  if (needs_guard_) text_.insert(0, 1, '\n');
  const std::size_t written = TRY(file_->append(text_));
  if (written != text_.size()) return {Code::io, "the seal was written in part"};
  size_ += written;
  needs_guard_ = false;
  return {};
}

Status Sealer::seal_appended(const std::string& session_file, const FileId& id, File& file,
                             std::uint64_t begin, std::string_view lines) {
  const std::uint64_t generation = generation_of(id);
  CHECK_OK(take_up(session_file, generation));
  const bool is_known = generation_ != 0;
  if (is_known && lines.empty() && end_ >= begin) return {};  // another process has sealed it
  if (!is_known) {
    const std::string_view why = !expected_why_.empty() ? std::string_view(expected_why_)
                                 : size_ == 0           ? "new"
                                                        : "replaced";
    begin_chain(generation, begin <= kGapMax ? 0 : begin, why, false, new_salt(context_.fs));
  } else if (end_ > begin) {
    begin_chain(generation, begin, "shorter", false, new_salt(context_.fs));
  } else if (begin - end_ > kGapMax) {
    begin_chain(generation, begin, "gap", false, new_salt(context_.fs));
  }
  expected_why_.clear();
  const bool late = end_ < begin;
  if (late) CHECK_OK(add_from_file(file, begin));
  if (end_ != begin) return {Code::conflict, "the file changed"};
  add_lines(lines);
  return write(late);
}

void Sealer::appended(const std::string& session_file, const FileId& id, File& file,
                      std::uint64_t begin, std::string_view lines) noexcept {
  if (!keeps_seals(context_, id)) return;
  if (pause_ > 0) {
    --pause_;
    return;
  }
  try {
    if (seal_appended(session_file, id, file, begin, lines).ok()) return;
  } catch (const std::exception&) {
    // Not enough memory: as any other failure.
  }
  forget();
  pause_ = kPause;
}

Status Sealer::seal_anew(const std::string& session_file, const FileId& id, File& file,
                         std::uint64_t end, std::string_view why, const std::string& before) {
  if (!keeps_seals(context_, id)) return {};
  const std::uint64_t generation = generation_of(id);
  CHECK_OK(take_up(session_file, generation));
  if (!before.empty() && generation_ == 0) tail_.head = before;
  begin_chain(generation, 0, why, true, new_salt(context_.fs));
  CHECK_OK(add_from_file(file, end));
  return write(false);
}

void Sealer::rewritten(const std::string& session_file, const FileId& id, File& file,
                       std::uint64_t end, std::string_view why,
                       const std::string& before) noexcept {
  try {
    if (seal_anew(session_file, id, file, end, why, before).ok()) return;
  } catch (const std::exception&) {
    // As above.
  }
  forget();
}

Status Sealer::seal_lines(const std::string& session_file, const FileId& id,
                          const FreshLines& lines, std::string_view why) {
  const std::uint64_t generation = generation_of(id);
  CHECK_OK(take_up(session_file, generation));
  begin_chain(generation, 0, why, true, lines.salt_);
  chain_.restart(lines.chain_.head());
  new_lines_ = lines.lines_;
  end_ = lines.bytes_;
  return write(false);
}

void Sealer::rewritten(const std::string& session_file, const FileId& id, const FreshLines& lines,
                       std::string_view why) noexcept {
  if (!keeps_seals(context_, id)) return;
  try {
    if (seal_lines(session_file, id, lines, why).ok()) return;
  } catch (const std::exception&) {
    // As above.
  }
  forget();
}

Status Sealer::void_seals(const std::string& session_file, const FileId& id, std::string_view why) {
  if (!keeps_seals(context_, id)) return {};
  const auto mark = [&]() -> Status {
    CHECK_OK(take_up(session_file, generation_of(id)));
    begin_chain(generation_of(id), 0, why, true, new_salt(context_.fs));
    CHECK_OK(write(false));
    return file_->sync_data();
  };
  if (mark().ok()) return {};
  forget();
  // It takes no space to go without.
  CHECK_OK(drop_seals(context_, session_file));
  const std::shared_ptr<Folder> folder = TRY(context_.folder->seals(false));
  return folder == nullptr ? Status() : folder->sync();
}

Status Sealer::seal_rest(const std::string& session_file, const FileId& id, File& file,
                         std::uint64_t end) {
  CHECK_OK(take_up(session_file, generation_of(id)));
  if (generation_ == 0) return seal_anew(session_file, id, file, end, "sealed");
  if (end_ >= end) return {};
  CHECK_OK(add_from_file(file, end));
  return write(true);
}

}  // namespace everturn
