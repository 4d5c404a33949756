// SPDX-License-Identifier: Apache-2.0
#include <sstream>

#include "tests/lab/actor.h"

namespace everturn::lab {

std::string to_line(const Reply& reply) {
  std::ostringstream line;
  line << "aos"[static_cast<int>(reply.kind)] << ' ' << reply.step << ' ' << reply.thread << ' '
       << static_cast<int>(reply.code) << ' ' << reply.system_error << ' '
       << static_cast<int>(reply.reached) << ' ' << reply.first.generation << ' '
       << reply.first.offset << ' ' << reply.number << ' ' << reply.id << ' ' << reply.message
       << '\n';
  return line.str();
}

Replies parse_replies(std::string_view text) {
  Replies replies;
  for (std::size_t end = 0; (end = text.find('\n')) != std::string_view::npos;) {
    std::istringstream line{std::string(text.substr(0, end))};
    text.remove_prefix(end + 1);
    Reply reply;
    char kind = 0;
    int code = 0;
    int reached = 0;
    line >> kind >> reply.step >> reply.thread >> code >> reply.system_error >> reached >>
        reply.first.generation >> reply.first.offset >> reply.number >> reply.id;
    reply.kind = kind == 'a'   ? Reply::Kind::asks
                 : kind == 'o' ? Reply::Kind::answer
                               : Reply::Kind::skipped;
    reply.code = static_cast<Code>(code);
    reply.reached = static_cast<Level>(reached);
    std::getline(line >> std::ws, reply.message);
    replies.push_back(std::move(reply));
  }
  return replies;
}

}  // namespace everturn::lab
