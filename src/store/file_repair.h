// SPDX-License-Identifier: Apache-2.0
// repair_file and undo_file_repair on any file system; see everturn/store.h.
#ifndef EVERTURN_STORE_FILE_REPAIR_H_
#define EVERTURN_STORE_FILE_REPAIR_H_

#include <string>

#include "everturn/store.h"
#include "fs/fs.h"

namespace everturn {

Result<RepairReport> repair_file_on(Fs& fs, const std::string& path, const RepairOptions& how,
                                    const StoreOptions& options, bool apply);
Status undo_file_repair_on(Fs& fs, const std::string& receipt_path, const std::string& to,
                           const StoreOptions& options);

}  // namespace everturn

#endif  // EVERTURN_STORE_FILE_REPAIR_H_
