// SPDX-License-Identifier: Apache-2.0
// What a Store gives out for following, so that nothing is thrown out of it either.
#ifndef EVERTURN_STORE_GUARDED_WATCH_H_
#define EVERTURN_STORE_GUARDED_WATCH_H_

#include <memory>

#include "everturn/watch.h"

namespace everturn {

std::unique_ptr<Watch> guarded_watch(std::unique_ptr<Watch> watch);
std::unique_ptr<StoreWatch> guarded_watch(std::unique_ptr<StoreWatch> watch);

}  // namespace everturn

#endif  // EVERTURN_STORE_GUARDED_WATCH_H_
