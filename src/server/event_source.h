// SPDX-License-Identifier: Apache-2.0
// The events that a follower gets.
#ifndef EVERTURN_SERVER_EVENT_SOURCE_H_
#define EVERTURN_SERVER_EVENT_SOURCE_H_

#include <memory>
#include <string>

#include "server/http.h"
#include "server/hub.h"

namespace everturn::server {

std::unique_ptr<EventSource> session_events(Hub& hub, std::shared_ptr<SessionFeed> feed,
                                            const Cursor& from);
// `last`: the id of the last event that was got, "" to begin with what comes next.
std::unique_ptr<EventSource> store_events(Hub& hub, const std::string& last);

}  // namespace everturn::server

#endif  // EVERTURN_SERVER_EVENT_SOURCE_H_
