// SPDX-License-Identifier: Apache-2.0
// The folder engine: what a listing says of each file, by its name and stamp alone, or by opening
// it.
#include <algorithm>
#include <utility>

#include "base/json.h"
#include "base/try.h"
#include "journal/reader.h"
#include "journal/unreadable.h"
#include "store/dir_engine.h"
#include "store/packed_file.h"
#include "store/stamp.h"

namespace everturn {
namespace {

constexpr std::uint64_t kSmallFile = 32 << 10;

SessionInfo named(std::string_view name) {
  SessionInfo info;
  info.file_name = name;
  info.key = key_of_file(name, {}).key;
  return info;
}

class DirListedFile final : public ListedFile {
 public:
  static Result<std::unique_ptr<ListedFile>> open(Folder& root, std::string_view name,
                                                  const SessionView& view) {
    std::unique_ptr<DirListedFile> opened(new DirListedFile);
    opened->info_.file_name = name;
    opened->file_ = TRY(open_session_content(root, name));
    const FileInfo found = TRY(opened->file_->info_when_opened());
    set_stamp(found, opened->info_);
    if (is_packed_file_name(name)) CHECK_OK(opened->look_at_packed(found.size));
    opened->view_ = view;
    opened->view_.file = opened->file_.get();
    opened->view_.size = found.size;
    opened->view_.id = found.id;
    CHECK_OK(opened->find_key());
    return std::unique_ptr<ListedFile>(std::move(opened));
  }

  // As it was when it was listed.
  static Result<std::unique_ptr<ListedFile>> open_unseen(Folder& root, const SessionInfo& listed,
                                                         const SessionView& view) {
    std::unique_ptr<DirListedFile> opened(new DirListedFile);
    opened->info_ = listed;
    opened->file_ = TRY(root.open(listed.file_name, Access::read));
    opened->view_ = view;
    opened->view_.file = opened->file_.get();
    opened->view_.size = listed.bytes;
    opened->view_.id = {listed.stamp.device, listed.stamp.inode, listed.stamp.birth_ns};
    return std::unique_ptr<ListedFile>(std::move(opened));
  }

  ~DirListedFile() override {
    if (beginning_ != nullptr) spare_ = std::move(beginning_);
  }
  DirListedFile(const DirListedFile&) = delete;
  DirListedFile& operator=(const DirListedFile&) = delete;

  [[nodiscard]] const SessionInfo& info() const override { return info_; }
  [[nodiscard]] bool is_plain() const override { return !is_packed_file_name(info_.file_name); }
  Result<std::size_t> read_at(std::uint64_t offset, char* into, std::size_t size) override {
    return file_->read_at(offset, into, size);
  }
  [[nodiscard]] std::string_view beginning() const override {
    return {beginning_.get(), beginning_size_};
  }
  [[nodiscard]] std::string_view first_record() const override {
    return beginning().substr(0, first_record_);
  }
  Result<ReadReport> read(const ReadOptions& how, const RecordSink& sink) override {
    view_.key = info_.key;
    return read_session(view_, how, sink);
  }
  [[nodiscard]] bool is_padded() const override {
    if (!view_.padded_tails || !is_plain()) return false;
    const Result<TailState> tail = read_tail(*file_, view_.size, true);
    return !tail || tail->padding > 0;
  }
  SessionView& view() { return view_; }

 private:
  DirListedFile() = default;

  // The line of a listing is of the file as it lies there.
  Status look_at_packed(std::uint64_t content_size) {
    set_stamp(TRY(static_cast<PackedFile&>(*file_).packed().info()), info_);
    info_.unpacked_bytes = content_size;
    return {};
  }

  // All of a small file: one call is cheaper than one for either end.
  Status read_beginning() {
    const std::uint64_t wanted = view_.size <= kSmallFile ? view_.size : kBeginning;
    beginning_ = std::exchange(spare_, nullptr);
    if (beginning_ == nullptr) {
      beginning_ = std::make_unique_for_overwrite<char[]>(kSmallFile + kJsonPadding);
    }
    const Result<std::size_t> got = file_->read_at(0, beginning_.get(), wanted);
    beginning_size_ = got ? *got
                          : TRY(read_around_holes(*file_, 0, beginning_.get(),
                                                  std::min<std::uint64_t>(wanted, kBeginning)));
    return {};
  }

  Status find_key() {
    CHECK_OK(read_beginning());
    KeyOfFile key = TRY(find_key_of_file(*file_, info_.file_name, view_.size, beginning()));
    info_.key = std::move(key.key);
    info_.note = std::move(key.note);
    first_record_ = key.first_record <= beginning_size_ ? key.first_record : 0;
    if (view_.size == 0) {
      info_.note = "empty";
    } else if (key.no_record) {
      info_.note = "no record";
    }
    return {};
  }

  SessionInfo info_;
  std::unique_ptr<File> file_;
  SessionView view_;
  // Kept by a thread from file to file.
  static thread_local std::unique_ptr<char[]> spare_;
  std::unique_ptr<char[]> beginning_;
  std::size_t beginning_size_ = 0;
  std::size_t first_record_ = 0;  // its length
};

thread_local std::unique_ptr<char[]> DirListedFile::spare_;

}  // namespace

Result<std::unique_ptr<ListedFile>> DirEngine::open_listed(const SessionInfo& listed) {
  return open_file_of(listed, /*look=*/true);
}

Result<std::unique_ptr<ListedFile>> DirEngine::open_unseen(const SessionInfo& listed) {
  const bool is_known = listed.stamp.inode != 0 && !is_packed_file_name(listed.file_name) &&
                        key_of_file_name(listed.file_name).has_value();
  return open_file_of(listed, !is_known);
}

Result<std::unique_ptr<ListedFile>> DirEngine::open_file_of(const SessionInfo& listed, bool look) {
  const std::shared_ptr<Folder> root = TRY(context_.readable_root());
  SessionView view;
  view.padded_tails = context_.folder->padded_tails();
  view.expects_metadata = context_.folder->kind() != FolderKind::foreign;
  view.max_record_bytes = context_.options.max_record_bytes;
  std::unique_ptr<ListedFile> opened = TRY(look ? DirListedFile::open(*root, listed.file_name, view)
                                                : DirListedFile::open_unseen(*root, listed, view));
  auto& file = static_cast<DirListedFile&>(*opened);
  if (!file.is_plain()) return opened;
  // Two pointers: a std::function of more would be an allocation a file.
  file.view().settle = [this, &file] {
    return settled_size(*file.view().file, lock_slot(file.info().key));
  };
  return opened;
}

Result<SessionInfo> DirEngine::describe(const SessionName& name, const ListOptions& how) {
  SessionInfo info = named(name.text);
  if (name.kind != FileKind::file) {
    info.note = "not a regular file";
    return info;
  }
  Result<std::unique_ptr<ListedFile>> file = open_listed(info);
  if (file.status().code() == Code::not_found) {
    // Packed or unpacked meanwhile?
    const bool was_packed = is_packed_file_name(name.text);
    info.file_name =
        was_packed ? std::string(unpacked_name(name.text)) : packed_file_name(name.text);
    if (!info.file_name.empty()) file = open_listed(info);
  }
  if (!file) return file.status();
  info = (*file)->info();
  if (name.has_twin && info.note.empty()) info.note = kHasTwin;
  if (!how.check) return info;
  set_counts(TRY((*file)->read({}, [](const Record&) { return true; })), info);
  return info;
}

Result<ListedNames> DirEngine::list_names(bool with_stamps) {
  CHECK_OK(context_.check_process());
  const std::shared_ptr<Folder> root = context_.folder->root();
  if (root == nullptr) return ListedNames();
  ListedNames names(TRY(session_names(*root)));
  names.look_at_all(*root, with_stamps);
  return names;
}

Result<CachePlace> DirEngine::cache_place(bool create) {
  CHECK_OK(context_.check_process());
  return context_.folder->cache(create);
}

}  // namespace everturn
