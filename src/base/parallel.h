// SPDX-License-Identifier: Apache-2.0
// Work on many independent things in several threads.
#ifndef EVERTURN_BASE_PARALLEL_H_
#define EVERTURN_BASE_PARALLEL_H_

#include <cstddef>
#include <functional>

namespace everturn {

// Calls `work` with ranges [begin, end) that make up [0, count), `step` long at most, the early
// ones first, from as many threads as `threads`, the caller's among them. Returns when all is done.
// Where the system has no more threads, fewer do it. If `work` throws, no further range is begun,
// and the first exception is thrown here.
void in_threads(std::size_t count, std::size_t step, std::size_t threads,
                const std::function<void(std::size_t begin, std::size_t end)>& work);

}  // namespace everturn

#endif  // EVERTURN_BASE_PARALLEL_H_
