// SPDX-License-Identifier: Apache-2.0
#include "store/unpack.h"

#include <memory>
#include <utility>

#include "base/digest.h"
#include "base/try.h"
#include "journal/reader.h"
#include "journal/replace.h"
#include "store/packed_file.h"
#include "store/trash.h"

namespace everturn {

Result<std::uint64_t> unpack_session(DirContext& context, const std::string& name,
                                     const UnpackHow& how) {
  const std::shared_ptr<Folder> root = context.folder->root();
  const std::string packed_name = packed_file_name(name);
  const std::unique_ptr<PackedFile> packed = TRY(PackedFile::open(*root, packed_name));
  const FileInfo info = TRY(packed->info());
  const std::unique_ptr<Replacement> fresh =
      TRY(Replacement::begin(*root, name, temporary_file_name(name), &packed->packed()));
  Sha256Stream meant;
  CHECK_OK(for_each_piece(*packed, 0, info.size, [&](std::string_view bytes) {
    meant.update(bytes);
    return fresh->write(bytes);
  }));
  const Status whole = packed->check();
  if (!whole.ok() && !how.salvages) return whole;
  CHECK_OK(context.noted(fresh->sync()));
  CHECK_OK(fresh->file().drop_cache());
  Sha256Stream written;
  CHECK_OK(for_each_piece(fresh->file(), 0, info.size, [&written](std::string_view bytes) {
    written.update(bytes);
    return Status();
  }));
  if (meant.digest() != written.digest()) {
    return Status(Code::io, "what was unpacked reads back differently; the session is as it was");
  }
  if (how.keeps_time) CHECK_OK(fresh->file().set_modified(info.modified_ns));
  if (!whole.ok()) {
    Trash trash(context);
    Trash::Receipt receipt = trash.begin(how.key, TrashKind::session);
    CHECK_OK(trash.add_file(receipt, *root, packed_name));
    CHECK_OK(trash.commit(receipt));
  }
  CHECK_OK(context.noted(fresh->publish(false)));
  CHECK_OK(root->remove(packed_name));
  CHECK_OK(context.noted(root->sync()));
  return generation_of(info.id);
}

}  // namespace everturn
