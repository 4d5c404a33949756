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
// `beside` in a thread of its own, if there is one to be had, and `here` in the caller's. Returns
// when both are done, and throws what one of them threw.
void in_two_threads(const std::function<void()>& beside, const std::function<void()>& here);

}  // namespace everturn

#endif  // EVERTURN_BASE_PARALLEL_H_
