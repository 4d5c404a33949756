// SPDX-License-Identifier: Apache-2.0
// The floor under the server: Boost.Beast as it comes, which answers each GET with the same bytes
// from memory. An io_context and an acceptor a thread, like the server.
//
//   bare_http PORT THREADS BODY_BYTES
#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using Tcp = net::ip::tcp;
using ReusePort = net::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

net::awaitable<void> answer(Tcp::socket socket, const std::string& body) {
  beast::tcp_stream stream(std::move(socket));
  stream.socket().set_option(Tcp::no_delay(true));
  beast::flat_buffer buffer;
  try {
    while (true) {
      http::request_parser<http::string_body> parser;
      parser.header_limit(16 << 10);
      stream.expires_after(std::chrono::seconds(30));
      co_await http::async_read(stream, buffer, parser, net::use_awaitable);
      http::response<http::string_body> response(http::status::ok, 11);
      response.set(http::field::content_type, "application/x-ndjson");
      response.body() = body;
      response.prepare_payload();
      co_await http::async_write(stream, response, net::use_awaitable);
    }
  } catch (const std::exception&) {
    // The client has gone.
  }
}

net::awaitable<void> accept(Tcp::acceptor& acceptor, const std::string& body) {
  while (true) {
    net::co_spawn(acceptor.get_executor(),
                  answer(co_await acceptor.async_accept(net::use_awaitable), body), net::detached);
  }
}

void serve(std::uint16_t port, const std::string& body) {
  net::io_context io(1);
  Tcp::acceptor acceptor(io);
  acceptor.open(Tcp::v4());
  acceptor.set_option(net::socket_base::reuse_address(true));
  acceptor.set_option(ReusePort(true));
  acceptor.bind({net::ip::make_address("127.0.0.1"), port});
  acceptor.listen();
  net::co_spawn(io, accept(acceptor, body), net::detached);
  io.run();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: bare_http PORT THREADS BODY_BYTES\n");
    return 2;
  }
  const auto port = static_cast<std::uint16_t>(std::atoi(argv[1]));
  const std::string body(static_cast<std::size_t>(std::atoi(argv[3])), 'x');
  std::vector<std::thread> threads;
  for (int i = 0; i < std::atoi(argv[2]); ++i) {
    threads.emplace_back([port, &body] { serve(port, body); });
  }
  for (std::thread& thread : threads) thread.join();
}
