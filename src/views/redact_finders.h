// SPDX-License-Identifier: Apache-2.0
// What redact() can look for.
#ifndef EVERTURN_VIEWS_REDACT_FINDERS_H_
#define EVERTURN_VIEWS_REDACT_FINDERS_H_

#include <string>

#include "everturn/redact.h"

namespace everturn {

// Keys and tokens with a form of their own, see secrets.h; of a private key all up to its end.
RedactFinder secret_finder();
// What a regular expression (RE2's syntax) matches, of kind "match". `invalid` if it is none, or
// matches nothing at all, that is, the empty text.
Result<RedactFinder> pattern_finder(const std::string& pattern);
// What either finds.
RedactFinder either_finder(RedactFinder one, RedactFinder other);

}  // namespace everturn

#endif  // EVERTURN_VIEWS_REDACT_FINDERS_H_
