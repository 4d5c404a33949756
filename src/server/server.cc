// SPDX-License-Identifier: Apache-2.0
#include "server/server.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>
#include <utility>

#include "base/digest.h"
#include "base/json_object.h"
#include "base/time_text.h"
#include "base/try.h"
#include "base/utf8.h"
#include "server/assets.h"
#include "server/hub.h"
#include "server/notify.h"
#include "server/page_cache.h"

namespace everturn::server {
namespace {

constexpr std::size_t kCallsWaiting = 4096;
constexpr std::size_t kKeptBytes = 32 << 20;

bool is_loopback(const std::string& host) { return host.starts_with("127.") || host == "::1"; }

bool is_any(const std::string& host) { return host == "0.0.0.0" || host == "::"; }

std::string in_brackets(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

// Each name with the port and, where it is that of HTTP, without.
std::vector<std::string> own_hosts(const ServeOptions& options, std::uint16_t port) {
  std::vector<std::string> names = options.hosts;
  if (!is_any(options.listen.host)) names.push_back(in_brackets(options.listen.host));
  if (is_loopback(options.listen.host) || is_any(options.listen.host)) {
    names.insert(names.end(), {"127.0.0.1", "[::1]", "localhost"});
  }
  std::vector<std::string> hosts;
  for (const std::string& name : names) {
    hosts.push_back(name + ":" + std::to_string(port));
    const bool is_further =
        std::find(options.hosts.begin(), options.hosts.end(), name) != options.hosts.end();
    if (port == 80 || is_further) hosts.push_back(name);  // a proxy may listen on another port
  }
  return hosts;
}

// The folder of a store in one; empty for others.
std::string folder_of(std::string_view url) {
  if (url.starts_with("dir:")) return std::string(url.substr(4));
  const bool has_scheme = url.find(':') != std::string_view::npos &&
                          url.substr(0, url.find(':')).find('/') == std::string_view::npos;
  return has_scheme ? std::string() : std::string(url);
}

// The same for each way to name a store.
std::string token_file_name(const std::string& url) {
  const std::string folder = folder_of(url);
  return hex(hash128(folder.empty() ? url : posix_fs().real_path(folder))) + ".tokens";
}

bool takes_writes(const ServeOptions& options) {
  return !options.store.read_only && !options.store_url.starts_with("agents:") &&
         !options.store_url.starts_with("file:");
}

ApiOptions api_options(const ServeOptions& options) {
  ApiOptions api;
  api.read_only = !takes_writes(options);
  api.max_record_bytes = options.store.max_record_bytes;
  api.max_body_bytes = std::max<std::uint64_t>(api.max_body_bytes, api.max_record_bytes + 1024);
  const std::string folder = folder_of(options.store_url);
  if (!api.read_only && !folder.empty()) api.probe_folder = folder + "/.everturn";
  return api;
}

std::string failure_line(std::string_view what, const Status& status) {
  return JsonObject()
      .add("time", iso_utc_time(posix_fs().now_ns()))
      .add("level", "error")
      .add("event", what)
      .add("code", code_name(status.code()))
      .text();
}

Status check_exposure(const ServeOptions& options) {
  if (!options.listen.unix_path.empty() || is_loopback(options.listen.host) || options.plain_http) {
    return {};
  }
  return {Code::invalid,
          "on " + options.listen.host +
              " tokens and transcripts would cross the network unencrypted: listen on 127.0.0.1 "
              "behind a proxy that speaks TLS, or say --plain-http"};
}

// All parts, in the order in which they need each other.
class Server {
 public:
  explicit Server(const ServeOptions& options, Log log) : options_(options), log_(std::move(log)) {}

  Status open() {
    CHECK_OK(check_exposure(options_));
    store_ = TRY(open_store(options_.store_url, options_.store));
    tokens_ = TRY(Tokens::open(posix_fs(), options_.token_folder, token_file()));
    assets_ = options_.web_dir.empty() ? built_in_page()
                                       : TRY(Assets::read_folder(posix_fs(), options_.web_dir));
    hub_.emplace(*store_, random_token(posix_fs()).substr(0, 12), [this](const Status& status) {
      if (log_) log_(failure_line("watch", status));
    });
    CHECK_OK(hub_->start());
    pool_.emplace(options_.workers, kCallsWaiting);
    std::vector<PageCache*> caches;
    // Other stores are asked by listing them, which costs more than to read a page.
    const bool is_told = !folder_of(options_.store_url).empty();
    for (std::size_t i = 0; is_told && i < options_.listen.threads; ++i) {
      caches_.push_back(std::make_unique<PageCache>(TRY(store_->watch_all()),
                                                    kKeptBytes / options_.listen.threads));
      caches.push_back(caches_.back().get());
    }
    api_.emplace(
        Api::Parts{*store_, posix_fs(), *tokens_, metrics_, &*hub_, &assets_, log_, caches},
        api_options(options_));
    ListenOptions listen = options_.listen;
    listen.by_signals = true;  // whoever is told that it serves may end it at once
    listen.on_stop = [this] { notify_service(options_.notify_socket, "STOPPING=1"); };
    listener_ =
        TRY(Listener::open(*api_, *pool_, std::move(listen), options_.log_requests ? log_ : Log()));
    if (options_.listen.unix_path.empty()) {
      api_->set_hosts(own_hosts(options_, listener_->port()));
      api_->set_cookie("everturn_" + std::to_string(listener_->port()));
    }
    return {};
  }

  [[nodiscard]] Serving serving() {
    if (!options_.listen.unix_path.empty()) return {"unix:" + options_.listen.unix_path, "", ""};
    const std::string host = is_any(options_.listen.host) ? "127.0.0.1" : options_.listen.host;
    const std::string url = "http://" + in_brackets(host) + ":" + std::to_string(listener_->port());
    return {url, url + "/login?token=" + tokens_->issue_login(),
            options_.token_folder + "/" + token_file()};
  }

  Status run() {
    notify_service(options_.notify_socket, "READY=1");
    listener_->run(/*on_signals=*/true);
    hub_->stop();
    return takes_writes(options_) ? store_->flush() : Status();
  }

 private:
  [[nodiscard]] std::string token_file() const { return token_file_name(options_.store_url); }

  const ServeOptions& options_;
  const Log log_;
  Metrics metrics_;
  Assets assets_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Tokens> tokens_;
  std::optional<Hub> hub_;
  std::vector<std::unique_ptr<PageCache>> caches_;
  std::optional<Api> api_;
  std::optional<WorkerPool> pool_;
  std::unique_ptr<Listener> listener_;
};

}  // namespace

Status parse_listen(std::string_view text, ListenOptions& listen) {
  constexpr std::string_view kUnix = "unix:";
  if (text.starts_with(kUnix)) {
    listen.unix_path = text.substr(kUnix.size());
    if (!listen.unix_path.empty()) return {};
  }
  const std::size_t colon = text.rfind(':');
  std::string_view host = text.substr(0, colon);
  const std::string_view port =
      colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const char* end = port.data() + port.size();
  const auto result = std::from_chars(port.data(), end, listen.port);
  if (host.empty() || port.empty() || result.ec != std::errc() || result.ptr != end) {
    return {Code::invalid,
            "--listen takes ADDRESS:PORT, such as 127.0.0.1:7717, or unix:PATH, not "
            "\"" +
                printable(text) + "\""};
  }
  listen.host = host == "localhost" ? "127.0.0.1" : host;
  return {};
}

Status serve(const ServeOptions& options, const std::function<void(const Serving&)>& announce,
             const Log& log) {
  Server server(options, log);
  CHECK_OK(server.open());
  announce(server.serving());
  return server.run();
}

}  // namespace everturn::server
