// SPDX-License-Identifier: Apache-2.0
// create_atomic_file on any file system; see everturn/store.h.
#ifndef EVERTURN_STORE_ATOMIC_FILE_H_
#define EVERTURN_STORE_ATOMIC_FILE_H_

#include <memory>
#include <string>

#include "everturn/store.h"
#include "fs/fs.h"

namespace everturn {

Result<std::unique_ptr<AtomicFile>> create_atomic_file(Fs& fs, const std::string& path);

}  // namespace everturn

#endif  // EVERTURN_STORE_ATOMIC_FILE_H_
