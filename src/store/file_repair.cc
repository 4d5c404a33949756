// SPDX-License-Identifier: Apache-2.0
// Repairing a file by its path: the folder engine over the folder that it lies in.
#include <new>
#include <utility>

#include "base/json.h"
#include "base/try.h"
#include "base/utf8.h"
#include "store/atomic_file.h"
#include "store/engine.h"
#include "store/file_repair.h"
#include "store/session_files.h"

namespace everturn {
namespace {

Result<std::unique_ptr<Engine>> open_folder_of_file(Fs& fs, const std::string& folder,
                                                    StoreOptions options) {
  options.write_foreign = true;
  return open_dir_engine(fs, folder, options);
}

Result<RepairReport> repair(Fs& fs, const std::string& path, const RepairOptions& how,
                            const StoreOptions& options, bool apply) {
  const auto [folder, name] = split_path(path);
  const std::unique_ptr<Engine> engine = TRY(open_folder_of_file(fs, folder, options));
  return engine->repair({{}, name}, how, apply);
}

Status undo(Fs& fs, const std::string& receipt_path, const std::string& to,
            const StoreOptions& options) {
  const auto [quarantine, name] = split_path(receipt_path);
  const std::unique_ptr<Folder> folder = TRY(fs.open_folder(quarantine, false));
  const std::unique_ptr<File> file = TRY(folder->open(name, Access::read));
  const std::string receipt = TRY(read_first_line(*file));
  const std::string root = text_member(receipt, "folder");
  if (text_member(receipt, "schema") != "everturn.receipt/1" || root.empty()) {
    return {Code::invalid, "this is no receipt of a repair"};
  }
  const std::unique_ptr<Engine> engine = TRY(open_folder_of_file(fs, root, options));
  return engine->undo_repair(text_member(receipt, "id"), to);
}

// No exception leaves, and a failure names the file.
template <class Call>
auto on_file(std::string_view what, const std::string& path, Call call) -> decltype(call()) {
  const std::string place = std::string(what) + " " + printable(path);
  try {
    auto result = call();
    if constexpr (std::is_same_v<decltype(result), Status>) {
      return result.ok() ? result : result.within(place);
    } else {
      if (!result.ok()) return result.status().within(place);
      return result;
    }
  } catch (const std::bad_alloc&) {
    return Status(Code::unavailable, place + ": out of memory");
  }
}

}  // namespace

Result<RepairReport> repair_file_on(Fs& fs, const std::string& path, const RepairOptions& how,
                                    const StoreOptions& options, bool apply) {
  return on_file(apply ? "repair" : "plan the repair of", path,
                 [&] { return repair(fs, path, how, options, apply); });
}

Status undo_file_repair_on(Fs& fs, const std::string& receipt_path, const std::string& to,
                           const StoreOptions& options) {
  return on_file("undo the repair of", receipt_path,
                 [&] { return undo(fs, receipt_path, to, options); });
}

Result<RepairReport> plan_file_repair(const std::string& path, const RepairOptions& how,
                                      const StoreOptions& options) {
  return repair_file_on(posix_fs(), path, how, options, false);
}

Result<RepairReport> repair_file(const std::string& path, const RepairOptions& how,
                                 const StoreOptions& options) {
  return repair_file_on(posix_fs(), path, how, options, true);
}

Status undo_file_repair(const std::string& receipt_path, const std::string& to,
                        const StoreOptions& options) {
  return undo_file_repair_on(posix_fs(), receipt_path, to, options);
}

}  // namespace everturn
