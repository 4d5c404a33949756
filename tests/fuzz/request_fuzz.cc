// SPDX-License-Identifier: Apache-2.0
// Requests of all kinds to the routes, over a store in memory: each gets an answer, no answer is a
// failure of the server, and nothing of a request gets into a header as a line of its own.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "everturn/store.h"
#include "server/api.h"
#include "server/hub.h"

namespace everturn::server {
namespace {

void must(bool holds) {
  if (!holds) std::abort();
}

// The first line is method and target, the next ones are headers, and behind an empty one stands
// the body.
Request request_of(std::string_view text) {
  Request request;
  request.id = "fuzz";
  request.transport = Transport::unix_socket;
  const auto next_line = [&text] {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return line;
  };
  const std::string_view first = next_line();
  const std::size_t space = std::min(first.find(' '), first.size());
  request.method = first.substr(0, space);
  request.target = first.substr(std::min(space + 1, first.size()));
  for (std::string_view line = next_line(); !line.empty(); line = next_line()) {
    const std::size_t colon = std::min(line.find(':'), line.size());
    request.headers.push_back({std::string(line.substr(0, colon)),
                               std::string(line.substr(std::min(colon + 1, line.size())))});
  }
  request.body = text;
  return request;
}

// Reads the body to its end.
void drain(Response& response) {
  std::string piece;
  for (int i = 0; response.stream != nullptr && i < 1000; ++i) {
    const Result<bool> more = response.stream->next(piece);
    if (!more.ok() || !*more) return;
  }
}

class Served {
 public:
  Served() {
    store_ = *open_store("memory:");
    const std::string folder = make_folder();
    tokens_ = *Tokens::open(posix_fs(), folder, "tokens");
    std::filesystem::remove_all(folder);
    hub_ = std::make_unique<Hub>(*store_, "run", [](const Status&) {});
    api_ = std::make_unique<Api>(
        Api::Parts{*store_, posix_fs(), *tokens_, metrics_, hub_.get(), nullptr, {}}, ApiOptions{});
    for (int i = 0; i < 20; ++i) {
      must(store_->append("a", {R"({"role":"user","content":"hi"})"}).ok());
    }
  }

  void ask(std::string_view text) {
    const Request request = request_of(text);
    Response response = api_->answer(request);
    must(response.status >= 200 && response.status < 600);
    must(response.status != 500);
    const std::string head = head_text(response, {});
    std::size_t lines = 0;
    for (const char c : head) lines += c == '\n' ? 1U : 0U;
    must(lines <= response.headers.size() + 3);
    drain(response);
    if (response.events != nullptr) {
      if (response.events->known() == nullptr) static_cast<void>(response.events->next().ok());
    }
  }

 private:
  static std::string make_folder() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "everturn_fuzz_XXXXXX").string();
    must(mkdtemp(pattern.data()) != nullptr);
    return pattern;
  }

  std::unique_ptr<Store> store_;
  std::unique_ptr<Tokens> tokens_;
  std::unique_ptr<Hub> hub_;
  Metrics metrics_;
  std::unique_ptr<Api> api_;
};

}  // namespace
}  // namespace everturn::server

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static auto* const target = new everturn::server::Served();
  target->ask({reinterpret_cast<const char*>(data), size});
  return 0;
}
