// SPDX-License-Identifier: Apache-2.0
// Tells systemd how the service is (Type=notify).
#ifndef EVERTURN_SERVER_NOTIFY_H_
#define EVERTURN_SERVER_NOTIFY_H_

#include <string>
#include <string_view>

namespace everturn::server {

// One datagram, "READY=1" or "STOPPING=1", to `socket_path` (NOTIFY_SOCKET; one that begins with
// '@' is abstract); nothing if it is empty. Whether it arrived is not told: nobody could do
// anything about it.
void notify_service(const std::string& socket_path, std::string_view state);

}  // namespace everturn::server

#endif  // EVERTURN_SERVER_NOTIFY_H_
