// SPDX-License-Identifier: Apache-2.0
// The only file that includes Boost.Beast, which takes long to compile.
#include "server/connection.h"

#include <array>
#include <boost/asio.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <optional>
#include <tuple>
#include <utility>

#include "base/digest.h"
#include "base/json_object.h"
#include "base/time_text.h"
#include "server/framing.h"
#include "server/problem.h"
#include "server/shares.h"

namespace everturn::server {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using Error = boost::system::error_code;
using Stream = beast::basic_stream<Protocol, Executor, beast::unlimited_rate_policy>;
using Parser = http::request_parser<http::string_body>;
constexpr net::use_awaitable_t<Executor> kAwait;
constexpr auto kTuple = net::as_tuple(kAwait);
using Clock = std::chrono::steady_clock;

constexpr std::size_t kBodyBytesPerSecond = 16 << 10;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

template <class T>
using Finish = std::function<void(std::optional<T>)>;

// Runs `begin`, and waits until what it is given was called, by any thread.
template <class T>
Task<std::optional<T>> from_elsewhere(std::function<void(Finish<T>)> begin) {
  return net::async_initiate<const net::use_awaitable_t<Executor>, void(std::optional<T>)>(
      [](auto handler, const std::function<void(Finish<T>)>& start) {
        auto executor = net::get_associated_executor(handler);
        auto waiting = std::make_shared<decltype(handler)>(std::move(handler));
        start([executor, waiting](std::optional<T> result) {
          net::post(
              executor,
              [waiting, kept = std::make_shared<std::optional<T>>(std::move(result))]() mutable {
                std::move (*waiting)(std::move(*kept));
              });
        });
      },
      kAwait, std::move(begin));
}

// Runs `call` in the pool; nothing if it has no room. What `call` refers to must live until then:
// that of a coroutine that waits for it does.
template <class T>
Task<std::optional<T>> in_pool(WorkerPool& pool, std::function<T()> call) {
  return from_elsewhere<T>([&pool, call = std::move(call)](const Finish<T>& finish) {
    if (!pool.post([call, finish] { finish(call()); })) finish(std::nullopt);
  });
}

std::string random_name(Fs& fs) {
  const std::uint64_t random = fs.random();
  return hex(std::string_view(reinterpret_cast<const char*>(&random), sizeof random));
}

// Lives as long as its run(). One thread, that of its stream.
class HttpConnection final : public Connection,
                             public std::enable_shared_from_this<HttpConnection> {
 public:
  HttpConnection(Shared& shared, Socket socket, const Request& place,
                 std::set<Connection*>& siblings)
      : shared_(shared),
        stream_(std::move(socket)),
        transport_(place.transport),
        thread_(place.thread),
        siblings_(siblings),
        counted_(shared.api.metrics().connections),
        timer_(std::make_shared<net::steady_timer>(stream_.get_executor())),
        deadline_(stream_.get_executor()),
        name_(random_name(shared.api.fs())) {
    siblings_.insert(this);
  }
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;
  ~HttpConnection() override { siblings_.erase(this); }

  Task<void> run() {
    const auto alive = shared_from_this();
    try {
      bool goes_on = true;
      while (goes_on && !shared_.stopping) goes_on = co_await serve_one();
      if (is_unread_) co_await linger();
    } catch (const std::exception&) {
      // The other side has gone, or there is no memory for it: it has to come back.
    }
    Error ignored;
    stream_.socket().shutdown(Socket::shutdown_both, ignored);
  }

  void stop() override {
    if (idle_) stream_.cancel();
    timer_->cancel();
  }

 private:
  // While it lives, what is read must come in time. The stream's own clock would close the socket,
  // and nothing could be answered any more.
  class Deadline {
   public:
    Deadline(HttpConnection& connection, Clock::time_point end) : connection_(connection) {
      connection.stream_.expires_never();
      connection.deadline_.expires_at(end);
      connection.deadline_.async_wait(
          [alive = connection.shared_from_this(), over = over_](const Error& error) {
            if (error || *over != State::waits) return;
            *over = State::over;
            alive->stream_.cancel();
          });
    }
    Deadline(const Deadline&) = delete;
    Deadline& operator=(const Deadline&) = delete;
    ~Deadline() {
      if (*over_ == State::waits) *over_ = State::past;
      connection_.deadline_.cancel();
    }
    [[nodiscard]] bool is_over() const { return *over_ == State::over; }

   private:
    enum class State : std::uint8_t { waits, over, past };
    HttpConnection& connection_;
    const std::shared_ptr<State> over_ = std::make_shared<State>(State::waits);
  };

  // False: the connection is over.
  Task<bool> serve_one() {
    if (!co_await wait_for_request()) co_return false;
    Request request;
    request.transport = transport_;
    request.thread = thread_;
    const auto start = Clock::now();
    std::optional<Response> response = co_await receive(request);
    if (!response) co_return false;
    const std::size_t received = request.body.size();
    request.body = {};
    const bool follows = response->events != nullptr;
    if (follows) buffer_.shrink_to_fit();
    std::size_t sent = 0;
    if (follows) {
      sent = co_await send_events(request, *response);
    } else {
      sent = co_await send(request, *response);
    }
    tell(request, response->status, start, received, sent);
    co_return keep_alive_ && !follows;
  }

  // A client that still sends its body would lose the answer if its bytes met a closed socket.
  Task<void> linger() {
    Error ignored;
    stream_.socket().shutdown(Socket::shutdown_send, ignored);
    const Deadline deadline(*this, Clock::now() + kLingerTime);
    buffer_.clear();
    while (!shared_.stopping) {
      const auto [error, size] =
          co_await stream_.async_read_some(buffer_.prepare(kLingerBytes), kTuple);
      if (error || size == 0) break;
    }
  }

  Task<bool> wait_for_request() {
    if (buffer_.size() > 0) co_return true;
    idle_ = true;
    stream_.expires_after(shared_.options.idle_time);
    const auto [error, size] =
        co_await stream_.async_read_some(buffer_.prepare(kFirstBytes), kTuple);
    idle_ = false;
    buffer_.commit(size);
    co_return !error;
  }

  // The whole request and its answer; nothing if the client went.
  Task<std::optional<Response>> receive(Request& request) {
    Parser parser;
    parser.header_limit(static_cast<std::uint32_t>(shared_.options.max_header_bytes));
    parser.body_limit(boost::none);
    Error error;
    if (!take_what_is_there(parser, error)) {
      const Deadline deadline(*this, Clock::now() + shared_.options.header_time);
      std::tie(error, std::ignore) =
          co_await http::async_read_header(stream_, buffer_, parser, kTuple);
      if (deadline.is_over()) error = beast::error::timeout;
    }
    take_head(parser, request);
    keep_alive_ = false;
    if (error) co_return refusal(request, error);
    if (auto doubtful = check_framing(request, http_1_0_)) {
      co_return finished({}, *std::move(doubtful));
    }
    std::variant<Admitted, Response> admitted = shared_.api.admit(request);
    if (auto* refused = std::get_if<Response>(&admitted)) {
      is_unread_ = !parser.is_done();
      keep_alive_ = parser.is_done() && parser.get().keep_alive();
      co_return finished({}, std::move(*refused));
    }
    const Admitted& let_in = std::get<Admitted>(admitted);
    BodyShare share(shared_.bodies_bytes, shared_.options.max_bodies_bytes);
    if (!parser.is_done()) {
      auto failed = co_await read_body(parser, request, let_in, share);
      is_unread_ = failed.has_value();
      if (failed) co_return finished(let_in.route->operation, *std::move(failed));
    }
    keep_alive_ = parser.get().keep_alive();
    if (const auto known = shared_.api.known(request, let_in)) {
      Response response;
      response.status = known->status;
      response.kept = known;
      operation_ = let_in.route->operation;
      co_return response;
    }
    request.body = std::move(parser.get().body());
    std::optional<Response> response = co_await from_worker(request, let_in);
    if (!response) {
      response = problem(request, 503, "unavailable", "too many calls wait already");
    }
    co_return finished(let_in.route->operation, *std::move(response));
  }

  // Nothing if too many calls wait.
  Task<std::optional<Response>> from_worker(const Request& request, const Admitted& let_in) {
    if (let_in.route->together == nullptr) {
      return in_pool<Response>(shared_.pool, [&] { return shared_.api.handle(request, let_in); });
    }
    return from_elsewhere<Response>([&](const Finish<Response>& finish) {
      if (!shared_.appends.post(request, let_in, finish)) finish(std::nullopt);
    });
  }

  // Most requests come in one piece, and need no further round through the io_context. False: the
  // header goes on.
  bool take_what_is_there(Parser& parser, Error& error) {
    const std::size_t used = parser.put(buffer_.data(), error);
    buffer_.consume(used);
    if (error != http::error::need_more) return true;
    error = {};
    return false;
  }

  void take_head(const Parser& parser, Request& request) {
    const auto& message = parser.get();
    request.method = std::string(message.method_string());
    for (const auto& field : message) {
      request.headers.push_back({std::string(field.name_string()), std::string(field.value())});
    }
    request.target = origin_form(message.target(), request.header("Host").value_or(""));
    http_1_0_ = message.version() == 10;
    head_ = request.method == "HEAD";
    const std::string_view wanted = request.header("X-Request-Id").value_or("");
    const bool is_plain =
        !wanted.empty() && wanted.size() <= kRequestIdBytes &&
        wanted.find_first_not_of(
            "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.") ==
            std::string_view::npos;
    request.id = is_plain ? std::string(wanted) : name_ + "-" + std::to_string(++requests_);
  }

  std::optional<Response> refusal(const Request& request, const Error& error) {
    if (error == http::error::header_limit) {
      return finished({}, problem(request, 431, "too_large", "the header is too long"));
    }
    if (error == beast::error::timeout) return finished({}, too_slow(request));
    if (error.category() != http::make_error_code(http::error::bad_version).category() ||
        error == http::error::end_of_stream || error == http::error::partial_message) {
      return std::nullopt;
    }
    return finished(
        {}, problem(request, 400, "invalid", "this is no HTTP request: " + error.message()));
  }

  static Response too_slow(const Request& request) {
    return problem(request, 408, "unavailable", "the request did not come in time");
  }

  // What is wrong with the body; nothing if it is there.
  Task<std::optional<Response>> read_body(Parser& parser, const Request& request,
                                          const Admitted& let_in, BodyShare& share) {
    if (equal_ignoring_case(request.header("Expect").value_or(""), "100-continue")) {
      stream_.expires_after(shared_.options.write_time);
      co_await net::async_write(stream_, net::buffer(kContinue), kAwait);
    }
    parser.body_limit(let_in.max_body_bytes);
    const auto start = Clock::now();
    while (!parser.is_done()) {
      const std::size_t size = parser.get().body().size();
      if (!share.grow_to(size)) {
        co_return problem(request, 503, "unavailable", "too many bodies are on their way");
      }
      const Deadline deadline(*this, start + shared_.options.body_time +
                                         std::chrono::seconds(size / kBodyBytesPerSecond));
      const auto [error, bytes] = co_await http::async_read_some(stream_, buffer_, parser, kTuple);
      if (!error) continue;
      if (deadline.is_over()) co_return too_slow(request);
      if (error == http::error::partial_message || error == http::error::end_of_stream) {
        co_return problem(request, 400, "invalid", "the body ended before its length");
      }
      if (error == http::error::body_limit) {
        co_return problem(request, 413, "too_large",
                          "the body may have " + std::to_string(let_in.max_body_bytes) + " bytes");
      }
      if (error == http::error::bad_chunk || error == http::error::bad_chunk_extension) {
        co_return problem(request, 400, "invalid", "the body is not chunked as it should be");
      }
      throw boost::system::system_error(error);
    }
    co_return std::nullopt;
  }

  Response finished(std::string_view operation, Response response) {
    if (!response.header("X-Content-Type-Options")) {
      response.set("X-Content-Type-Options", "nosniff");
    }
    operation_ = operation;
    return response;
  }

  // Gives the bytes of the body.
  Task<std::size_t> send(const Request& request, Response& response) {
    Framing framing;
    framing.http_1_0 = http_1_0_;
    framing.head = head_;
    framing.chunked = response.stream != nullptr && !http_1_0_;
    if (shared_.stopping || (response.stream != nullptr && http_1_0_)) keep_alive_ = false;
    framing.keep_alive = keep_alive_;
    framing.request_id = request.id;
    const Response& shown = response.kept != nullptr ? *response.kept : response;
    const std::string head = head_text(shown, framing);
    const std::string_view body = head_ ? std::string_view() : std::string_view(shown.body);
    stream_.expires_after(shared_.options.write_time);
    co_await net::async_write(stream_, std::array{net::buffer(head), net::buffer(body)}, kAwait);
    if (response.stream == nullptr) co_return body.size();
    std::shared_ptr<Body> stream = std::move(response.stream);
    // Its end may have to be waited for.
    struct Last {
      WorkerPool& pool;
      std::shared_ptr<Body>& stream;
      ~Last() {
        pool.post([kept = std::move(stream)] {});
      }
    } last{shared_.pool, stream};
    if (head_) co_return 0;  // in one expression with what follows, GCC 12 sends it all the same
    co_return co_await send_stream(stream);
  }

  Task<std::size_t> send_stream(const std::shared_ptr<Body>& stream) {
    std::size_t sent = 0;
    std::string piece;
    while (true) {
      const auto more =
          co_await in_pool<Result<bool>>(shared_.pool, [&] { return stream->next(piece); });
      if (!more || !more->ok()) {
        keep_alive_ = false;  // and no last chunk
        co_return sent;
      }
      if (!**more) break;
      sent += piece.size();
      co_await write_piece(piece);
    }
    if (http_1_0_) co_return sent;
    const std::string end = last_chunk(stream->trailers());
    stream_.expires_after(shared_.options.write_time);
    co_await net::async_write(stream_, net::buffer(end), kAwait);
    co_return sent;
  }

  Task<void> write_piece(std::string_view piece) {
    if (piece.empty()) co_return;
    const std::string head = http_1_0_ ? "" : chunk_head(piece.size());
    const std::string_view end = http_1_0_ ? "" : "\r\n";
    stream_.expires_after(shared_.options.write_time);
    co_await net::async_write(
        stream_, std::array{net::buffer(head), net::buffer(piece), net::buffer(end)}, kAwait);
  }

  Task<std::size_t> send_events(const Request& request, Response& response) {
    const std::unique_ptr<EventSource> events = std::move(response.events);
    Framing framing;
    framing.http_1_0 = http_1_0_;
    framing.chunked = !http_1_0_;
    framing.keep_alive = false;
    framing.request_id = request.id;
    std::size_t sent = 0;
    const Counted counted(shared_.api.metrics().followers);  // before anybody hears that it is one
    stream_.expires_after(shared_.options.write_time);
    {
      const std::string head = head_text(response, framing);
      co_await net::async_write(stream_, net::buffer(head), kAwait);
    }
    if (head_) co_return 0;
    while (!shared_.stopping) {
      EventText text = events->known();
      if (text == nullptr) {
        auto read =
            co_await in_pool<Result<EventText>>(shared_.pool, [&] { return events->next(); });
        if (!read || !read->ok()) break;
        text = **read;
      }
      sent += text->size();
      if (!text->empty()) {
        co_await write_piece(*text);
      } else {
        co_await wait_for_events(*events);
      }
    }
    if (!http_1_0_) co_await net::async_write(stream_, net::buffer(kLastChunk), kAwait);
    co_return sent;
  }

  Task<void> wait_for_events(EventSource& events) {
    timer_->expires_after(shared_.options.heartbeat_time);
    const bool waits = events.wait(
        [timer = timer_] { net::post(timer->get_executor(), [timer] { timer->cancel(); }); });
    if (!waits || shared_.stopping) co_return;
    stream_.expires_never();
    const auto [cancelled] = co_await timer_->async_wait(kTuple);
    events.forget();
    if (!cancelled) co_await write_piece(":\n\n");
  }

  void tell(const Request& request, int status, Clock::time_point start, std::size_t received,
            std::size_t sent) {
    shared_.api.metrics().count_request(operation_, status);
    if (!shared_.log) return;
    const auto time_us =
        std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start).count();
    shared_.log(JsonObject()
                    .add("time", iso_utc_time(shared_.api.fs().now_ns()))
                    .add("level", status >= 500 ? "error" : "info")
                    .add("event", "request")
                    .add("request_id", request.id)
                    .add("method", request.method)
                    .add("operation", operation_)
                    .add_number("status", static_cast<std::uint64_t>(status))
                    .add_signed("microseconds", time_us)
                    .add_number("received", received)
                    .add_number("sent", sent)
                    .text());
  }

  static constexpr std::size_t kFirstBytes = 2048;
  static constexpr std::size_t kRequestIdBytes = 64;
  static constexpr std::chrono::seconds kLingerTime{1};
  static constexpr std::size_t kLingerBytes = 64 << 10;
  static constexpr std::string_view kLastChunk = "0\r\n\r\n";

  Shared& shared_;
  Stream stream_;
  const Transport transport_;
  const std::size_t thread_;
  std::set<Connection*>& siblings_;
  const Counted counted_;
  const std::shared_ptr<net::steady_timer> timer_;
  net::steady_timer deadline_;  // of what is read
  beast::flat_buffer buffer_;
  const std::string name_;  // of the connection, in the ids of its requests
  std::uint64_t requests_ = 0;
  std::string_view operation_;  // of the route that answers
  bool idle_ = false;
  bool keep_alive_ = false;
  bool is_unread_ = false;  // the body of the last request, or a part of it
  bool http_1_0_ = false;
  bool head_ = false;
};

}  // namespace

void start_connection(Shared& shared, Socket socket, const Request& place,
                      std::set<Connection*>& siblings) {
  const auto executor = socket.get_executor();
  const auto connection =
      std::make_shared<HttpConnection>(shared, std::move(socket), place, siblings);
  net::co_spawn(executor, connection->run(), net::detached);
}

}  // namespace everturn::server
