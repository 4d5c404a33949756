// SPDX-License-Identifier: Apache-2.0
// A session that a command reads more than once, with its damage between the records.
#ifndef EVERTURN_CLI_SESSION_INPUT_H_
#define EVERTURN_CLI_SESSION_INPUT_H_

#include <functional>
#include <string>

#include "cli/context.h"
#include "cli/find_session.h"
#include "everturn/session.h"

namespace everturn::cli {

class SessionInput {
 public:
  // `name` as the command line has it; see find_session().
  static Result<SessionInput> open(Context& context, const std::string& name);

  [[nodiscard]] const std::string& key() const { return session_.key; }
  [[nodiscard]] Store& store() const { return *session_.store; }
  Result<ReadReport> read(const ReadOptions& how, const RecordSink& sink);
  // Gives the damage of `report`, of an earlier reading, in its place among the records.
  Result<ReadReport> read_with_damage(const ReadOptions& how, const ReadReport& report,
                                      const RecordSink& sink,
                                      const std::function<bool(const Damage&)>& damage_sink);

 private:
  SessionInput(Context& context, FoundSession session)
      : context_(&context), session_(std::move(session)) {}
  Context* context_;
  FoundSession session_;
};

}  // namespace everturn::cli

#endif  // EVERTURN_CLI_SESSION_INPUT_H_
