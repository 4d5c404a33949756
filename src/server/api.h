// SPDX-License-Identifier: Apache-2.0
// From a request to its response. No sockets: whoever has the bytes of a request asks admit() as
// soon as its header is there, and handle() when the body is. Any number of threads.
#ifndef EVERTURN_SERVER_API_H_
#define EVERTURN_SERVER_API_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "everturn/listing.h"
#include "everturn/store.h"
#include "fs/fs.h"
#include "server/disk_probe.h"
#include "server/http.h"
#include "server/metrics.h"
#include "server/route.h"
#include "server/session_outline.h"
#include "server/target.h"
#include "server/tokens.h"
#include "server/used_ids.h"

namespace everturn::server {

class Assets;
class Hub;
class PageCache;

// Takes one line of JSON, without its line end. Any number of threads.
using Log = std::function<void(std::string_view line)>;

struct ApiOptions {
  // The names by which the server may be called, "127.0.0.1:7717"; of TCP only.
  std::vector<std::string> hosts;
  bool read_only = false;  // the store takes no writes
  std::uint64_t max_record_bytes = 64ULL << 20;
  std::uint64_t max_body_bytes = 128ULL << 20;
  std::size_t max_exports = 4;      // at a time
  std::string cookie = "everturn";  // its name; a browser gives it to all ports of a host
  bool secure_cookie = false;       // the server speaks TLS
  std::string probe_folder;         // where to try whether the disk takes writes; "": nowhere
};

// What was let in: everything but the body was looked at.
struct Admitted {
  const Route* route = nullptr;
  Target target;
  std::map<std::string, std::string> captures;
  std::string key;
  std::string who;
  std::uint64_t max_body_bytes = 0;
};

// A call, and what it is answered.
struct Asked {
  const Request* request = nullptr;
  const Admitted* admitted = nullptr;
  std::optional<Response> response;
};

class Api {
 public:
  // All of it must outlive this; `hub` and `assets` may be null: no events, no page.
  struct Parts {
    Store& store;
    Fs& fs;
    Tokens& tokens;
    Metrics& metrics;
    Hub* hub = nullptr;
    const Assets* assets = nullptr;
    Log log;
    std::vector<PageCache*> caches = {};  // one for each thread that serves connections, or none
  };
  Api(Parts parts, ApiOptions options);

  // Looks at the header of a request; what it answers is final, and the body need not be read.
  [[nodiscard]] std::variant<Admitted, Response> admit(const Request& request) const;
  // What handle() would answer, where that is known without blocking; null elsewhere.
  [[nodiscard]] std::shared_ptr<const Response> known(const Request& request,
                                                      const Admitted& admitted) const;
  // May block. Never throws.
  [[nodiscard]] Response handle(const Request& request, const Admitted& admitted);
  // The same for calls of one route on one session, where the route says that they go together.
  // Each gets its response.
  void handle_together(std::span<Asked> asked);
  // Both, for whoever has the whole request.
  [[nodiscard]] Response answer(const Request& request);

  Store& store() { return parts_.store; }
  Fs& fs() { return parts_.fs; }
  Catalog& catalog() { return catalog_; }
  Tokens& tokens() { return parts_.tokens; }
  Metrics& metrics() { return parts_.metrics; }
  OutlineCache& outlines() { return outlines_; }
  Hub* hub() { return parts_.hub; }
  const Assets* assets() const { return parts_.assets; }
  [[nodiscard]] const ApiOptions& options() const { return options_; }
  // Before the first request.
  void set_hosts(std::vector<std::string> hosts);
  void set_cookie(std::string name) { options_.cookie = std::move(name); }
  // A line for deletions, purges, repairs and exports: who did what to what.
  void audit(const Call& call, std::string_view action, std::string_view subject);
  // The server is about to end: not ready any more.
  void set_ready(bool ready) { ready_ = ready; }
  [[nodiscard]] bool is_ready() const { return ready_; }
  // Ok if the disk takes a durable write.
  Status probe_disk() { return probe_.probe(); }
  UsedIds& used_ids() { return used_ids_; }
  std::atomic<std::size_t> exports{0};  // that are on their way

 private:
  [[nodiscard]] PageCache* cache_of(const Request& request, const Route& route) const;
  [[nodiscard]] Response handle_call(const Call& call, const Route& route);
  [[nodiscard]] std::optional<Response> check_origin(const Request& request) const;
  [[nodiscard]] std::optional<Response> check_body(const Request& request,
                                                   const Route& route) const;
  [[nodiscard]] std::optional<Response> check_scope(const Request& request, const Route& route,
                                                    std::string& who) const;
  [[nodiscard]] bool is_own_host(std::string_view host) const;

  Parts parts_;
  ApiOptions options_;
  DiskProbe probe_;
  Catalog catalog_;
  OutlineCache outlines_;
  UsedIds used_ids_;
  std::atomic<bool> ready_{true};
};

}  // namespace everturn::server

#endif  // EVERTURN_SERVER_API_H_
