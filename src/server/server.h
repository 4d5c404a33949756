// SPDX-License-Identifier: Apache-2.0
// The server as a whole: a store, its tokens, its followers and a listener.
#ifndef EVERTURN_SERVER_SERVER_H_
#define EVERTURN_SERVER_SERVER_H_

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "everturn/store.h"
#include "server/api.h"
#include "server/listener.h"

namespace everturn::server {

struct ServeOptions {
  std::string store_url;
  StoreOptions store;
  ListenOptions listen;
  std::size_t workers = 32;        // threads for calls that may block
  std::string token_folder;        // where the file of tokens lies, or is made
  std::vector<std::string> hosts;  // further names by which the server is called
  std::string web_dir;             // the page from there instead of the one that is built in
  bool log_requests = true;        // not only what is to be audited, and failures
  bool plain_http = false;         // also beyond this machine, where anybody may listen in
  std::string notify_socket;       // of systemd, see notify.h
};

// What is told once it serves.
struct Serving {
  std::string address;     // "http://127.0.0.1:7717", or the path of the socket
  std::string login;       // a link for one browser; empty for a socket
  std::string token_file;  // empty for a socket
};

// "127.0.0.1:7717", "[::1]:7717", "unix:PATH" into `listen`.
Status parse_listen(std::string_view text, ListenOptions& listen);

// Serves until SIGTERM or SIGINT, and ends when everything that was on its way is answered.
Status serve(const ServeOptions& options, const std::function<void(const Serving&)>& announce,
             const Log& log);

}  // namespace everturn::server

#endif  // EVERTURN_SERVER_SERVER_H_
