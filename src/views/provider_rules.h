// SPDX-License-Identifier: Apache-2.0
// What the interfaces of the model providers demand of a list of messages, as they document it or
// as their error messages tell: written for the tests, apart from what renders the messages.
#ifndef EVERTURN_VIEWS_PROVIDER_RULES_H_
#define EVERTURN_VIEWS_PROVIDER_RULES_H_

#include <span>
#include <string>

#include "everturn/views.h"

namespace everturn {

// "" if the provider would take the messages, else the first rule that is broken, with the number
// of the message. `native` has no rules. Pure; any thread.
//
// All: each message is one JSON object; call ids are 1 to 40 letters, digits, _ and -, no two
// alike; tool names are 1 to 64 of those; no call without exactly one result, no result without
// its call.
// openai: results follow their assistant message directly; arguments are a JSON object as text;
// content is null only beside calls. responses: results come after their calls; reasoning is
// followed by what it led to. anthropic: user and assistant alternate, the user first; results
// stand at the front of the next message; no blank text; thinking is signed, and does not end a
// message.
std::string provider_complaint(HistoryFormat format, std::span<const HistoryMessage> messages);

}  // namespace everturn

#endif  // EVERTURN_VIEWS_PROVIDER_RULES_H_
