// SPDX-License-Identifier: Apache-2.0
// A body whose maker pushes: it works in a thread of its own, at most a few pieces ahead of whoever
// reads, and is told when nobody reads any more.
#ifndef EVERTURN_SERVER_PUSHED_BODY_H_
#define EVERTURN_SERVER_PUSHED_BODY_H_

#include <functional>
#include <memory>
#include <string_view>

#include "server/http.h"

namespace everturn::server {

// Takes the next piece; false: nobody reads any more.
using PushSink = std::function<bool(std::string_view)>;

// `make` runs once; its failure is the body's. What it refers to must outlive the body, whose
// destructor waits for it to notice. `unavailable` where no thread can be had.
Result<std::unique_ptr<Body>> pushed_body(std::function<Status(const PushSink&)> make);

}  // namespace everturn::server

#endif  // EVERTURN_SERVER_PUSHED_BODY_H_
