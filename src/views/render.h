// SPDX-License-Identifier: Apache-2.0
// Messages as the lines of a format.
#ifndef EVERTURN_VIEWS_RENDER_H_
#define EVERTURN_VIEWS_RENDER_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "everturn/views.h"
#include "views/dialects/dialect.h"
#include "views/messages.h"
#include "views/session.h"

namespace everturn {

class Renderer {
 public:
  Renderer(HistoryFormat format, const Session& session, const Dialect& dialect)
      : format_(format), session_(session), dialect_(dialect) {}

  void add(const Message& message);
  // The lines of what was added; to be called once.
  std::vector<HistoryMessage> finish();
  // What the system says, where the format has no message for it.
  [[nodiscard]] const std::string& system_text() const { return system_text_; }

 private:
  void add_openai(const Message& message);
  void add_responses(const Message& message);
  void add_anthropic(const Message& message);
  void add_native(const Message& message);
  void add_record(std::uint32_t record);
  void line(std::string json, const Part& part, bool stand_in = false);
  void block(bool is_model, const std::string& json, const Part& part, bool stand_in = false);
  void end_message();

  HistoryFormat format_;
  const Session& session_;
  const Dialect& dialect_;
  std::vector<HistoryMessage> lines_;
  std::string system_text_;
  std::unordered_set<std::uint32_t> given_;  // native: records that are out
  // anthropic: the message that blocks are added to, for roles must alternate
  std::string blocks_;
  bool is_model_ = false;
  std::uint32_t record_ = 0;
  bool has_stand_in_ = false;
};

}  // namespace everturn

#endif  // EVERTURN_VIEWS_RENDER_H_
