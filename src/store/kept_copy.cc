// SPDX-License-Identifier: Apache-2.0
#include "store/kept_copy.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>

#include "base/try.h"
#include "journal/reader.h"
#include "journal/replace.h"

namespace everturn {
namespace {

constexpr std::size_t kPieceBytes = 1 << 20;

enum class Likeness : std::uint8_t {
  same,
  holes,  // zeros in the copy are all that differs
  different,
};

Likeness likeness_of(std::string_view copy, std::string_view source) {
  if (copy == source) return Likeness::same;
  for (std::size_t i = 0; i < copy.size(); ++i) {
    if (copy[i] != source[i] && copy[i] != '\0') return Likeness::different;
  }
  return Likeness::holes;
}

// Compares the first `size` bytes, which both files have.
Result<Likeness> compare(File& copy, File& source, std::uint64_t size) {
  Likeness likeness = Likeness::same;
  std::string piece(std::min<std::uint64_t>(kPieceBytes, size), '\0');
  for (std::uint64_t at = 0; at < size && likeness != Likeness::different;) {
    const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), size - at));
    const std::size_t got = TRY(copy.read_at(at, piece.data(), want));
    if (got == 0) return Status(Code::unavailable, "the copy became shorter while it was read");
    std::string_view rest = std::string_view(piece).substr(0, got);
    CHECK_OK(for_each_piece(source, at, at + got, [&](std::string_view bytes) -> Status {
      likeness = std::max(likeness, likeness_of(rest.substr(0, bytes.size()), bytes));
      rest.remove_prefix(bytes.size());
      return {};
    }));
    at += got;
  }
  return likeness;
}

class Copy {
 public:
  Copy(File& source, std::uint64_t size, Folder& to, std::string name, std::string temporary)
      : source_(source),
        size_(size),
        to_(to),
        name_(std::move(name)),
        temporary_(std::move(temporary)) {}

  Result<CopyReport> bring_up_to_date() {
    const Result<std::unique_ptr<File>> found = to_.open(name_, Access::read);
    if (!found) {
      if (found.status().code() != Code::not_found) return found.status();
      CHECK_OK(write_anew_as_whole(false));
      return CopyReport{CopyOutcome::copied, size_, {}};
    }
    File& copy = **found;
    const FileInfo info = TRY(copy.info());
    const Likeness likeness = TRY(compare(copy, source_, std::min(info.size, size_)));
    if (likeness == Likeness::different || info.size > size_) {
      auto older = TRY(keep_older(info.id));
      CHECK_OK(write_anew_as_whole(true));
      return CopyReport{CopyOutcome::rewritten, size_, std::move(older)};
    }
    if (likeness == Likeness::holes) {
      // A power cut while it was extended: no byte that it holds is lost by writing it anew.
      CHECK_OK(write_anew_as_whole(true));
      return CopyReport{CopyOutcome::grown, size_, {}};
    }
    if (info.size < size_) {
      CHECK_OK(extend(info.size));
      return CopyReport{CopyOutcome::grown, size_ - info.size, {}};
    }
    // Who wrote it may have been killed before the sync.
    CHECK_OK(sync(copy));
    return CopyReport{};
  }

 private:
  Status write_anew_as_whole(bool replace) {
    const std::unique_ptr<Replacement> file =
        TRY(Replacement::begin(to_, name_, temporary_, nullptr));
    CHECK_OK(for_each_piece(source_, 0, size_,
                            [&](std::string_view bytes) { return file->write(bytes); }));
    return file->publish(replace);
  }

  Status extend(std::uint64_t from) {
    const std::unique_ptr<File> file = TRY(to_.open(name_, Access::append));
    CHECK_OK(for_each_piece(source_, from, size_,
                            [&](std::string_view bytes) { return append_all(*file, bytes); }));
    return sync(*file);
  }

  // After a failed sync the next one says ok all the same, so the content goes into a new file.
  Status sync(File& file) {
    Status synced = file.sync_data();
    if (!synced.ok()) static_cast<void>(everturn::write_anew(to_, name_, temporary_));
    return synced;
  }

  // Gives the copy, which is the file `id`, its second name.
  Result<std::string> keep_older(const FileId& id) {
    for (std::uint64_t number = 1;; ++number) {
      std::string older = name_ + ".before-" + std::to_string(number);
      const Result<FileInfo> taken = to_.stat(older);
      // By a run that was cut off here.
      const bool is_kept = taken.ok() && taken->id == id;
      if (!is_kept && taken.ok()) continue;
      if (!is_kept && taken.status().code() != Code::not_found) return taken.status();
      if (!is_kept) CHECK_OK(give_second_name(older));
      CHECK_OK(to_.sync());
      return older;
    }
  }

  Status give_second_name(const std::string& older) {
    const Status linked = to_.link(name_, to_, older);
    if (linked.ok() || linked.code() != Code::io) return linked;
    // A file system without second names: then a second file.
    const std::unique_ptr<File> copy = TRY(to_.open(name_, Access::read));
    const FileInfo info = TRY(copy->info());
    const std::unique_ptr<Replacement> file =
        TRY(Replacement::begin(to_, older, temporary_, copy.get()));
    CHECK_OK(for_each_piece(*copy, 0, info.size,
                            [&](std::string_view bytes) { return file->write(bytes); }));
    return file->publish(false);
  }

  File& source_;
  std::uint64_t size_;
  Folder& to_;
  std::string name_;
  std::string temporary_;
};

}  // namespace

Result<CopyReport> keep_copy(File& source, std::uint64_t size, Folder& to, const std::string& name,
                             const std::string& temporary) {
  return Copy(source, size, to, name, temporary).bring_up_to_date();
}

}  // namespace everturn
