// SPDX-License-Identifier: Apache-2.0
// Following what is written, by whatever process. Both are made by a Store, which must outlive
// them; one thread at a time each.
#ifndef EVERTURN_WATCH_H_
#define EVERTURN_WATCH_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <string_view>

#include "everturn/session.h"

namespace everturn {

enum class WatchEvent : std::uint8_t {
  records,  // new records were given to the sink
  reset,    // the session was rewritten: read it again from the beginning
  removed,  // it was deleted or renamed
  timeout,
};

// Follows one session: each record once, in order.
class Watch {
 public:
  virtual ~Watch() = default;
  // Waits up to `timeout` for something new behind position().
  virtual Result<WatchEvent> next(std::chrono::milliseconds timeout, const RecordSink& sink) = 0;
  [[nodiscard]] virtual Position position() const = 0;
};

// Tells which sessions of a store change: are written, made or removed.
class StoreWatch {
 public:
  virtual ~StoreWatch() = default;
  // Waits up to `timeout` and gives the key of each session that may have changed since the last
  // call, or since the watch was made; an empty one: any may have. Too many, never too few. False:
  // none did.
  virtual Result<bool> next(std::chrono::milliseconds timeout,
                            const std::function<void(std::string_view key)>& changed) = 0;
  // A call without a timeout tells of everything that was written before it, by whomever.
  [[nodiscard]] virtual bool is_prompt() const { return false; }
};

}  // namespace everturn

#endif  // EVERTURN_WATCH_H_
