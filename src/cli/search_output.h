// SPDX-License-Identifier: Apache-2.0
// How hits are shown: by session on a terminal, a line each into a pipe, or as JSON.
#ifndef EVERTURN_CLI_SEARCH_OUTPUT_H_
#define EVERTURN_CLI_SEARCH_OUTPUT_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/context.h"
#include "everturn/listing.h"
#include "everturn/search.h"

namespace everturn::cli {

struct HitOutputOptions {
  bool count = false;  // only how many a session has
  bool names = false;  // only the sessions
};

class HitOutput {
 public:
  HitOutput(Context& context, const HitOutputOptions& options)
      : context_(context), options_(options) {}

  // The hits that follow are of this store.
  void begin_store(Store& store);
  // In order, all of a session one after the other. False when standard output is gone.
  bool add(const SearchHit& hit);
  void add_unsearched(const Unsearched& one);
  void add_damage(const UnsearchedDamage& one);
  void end();
  // Where else it may stand, in one note.
  void tell_damage();

  [[nodiscard]] std::size_t snippet_characters() const;
  // On a terminal, and not only names or figures.
  [[nodiscard]] bool is_for_people() const;

 private:
  bool begin_session(const std::string& key);
  bool end_session();
  bool add_line(const SearchHit& hit);
  bool add_shown(const SearchHit& hit);
  bool add_json(const SearchHit& hit);
  std::string painted(const SearchHit& hit);
  const SessionRow* find_row(const std::string& key);

  Context& context_;
  const HitOutputOptions options_;
  Store* store_ = nullptr;
  std::optional<std::map<std::string, SessionRow>> rows_;  // of the store, when first needed
  std::string session_;
  std::uint64_t hits_ = 0;  // of the session
  bool is_first_ = true;
  std::vector<std::string> damaged_;  // sessions whose damage may hold it
};

}  // namespace everturn::cli

#endif  // EVERTURN_CLI_SEARCH_OUTPUT_H_
