// SPDX-License-Identifier: Apache-2.0
// everturn search: text in any session, newest first.
#include "everturn/search.h"

#include <algorithm>
#include <array>
#include <memory>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/json_object.h"
#include "base/try.h"
#include "base/utf8.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/find_session.h"
#include "cli/list_query.h"
#include "cli/pager.h"
#include "cli/search_output.h"
#include "cli/signals.h"
#include "everturn/listing.h"
#include "fs/fs.h"

namespace everturn::cli {
namespace {

constexpr std::uint64_t kShownOnTerminal = 200;
// Above this a search also brings the index up to date, for so long.
constexpr std::uint64_t kIndexedUnasked = 2ULL << 30;
constexpr std::int64_t kIndexingNs = 1'000'000'000;

struct SearchArguments {
  std::string query;
  std::vector<std::string> sessions;
  std::optional<std::uint64_t> limit;
  std::vector<std::string> roles;
  std::optional<std::string> since;
  std::optional<std::string> until;
  std::optional<std::string> project;
  std::optional<std::string> agent;
  bool regex = false;
  bool substring = false;
  bool exact_case = false;
  bool raw = false;
  bool count = false;
  bool names = false;
  bool no_index = false;
  bool no_pager = false;
};

constexpr std::array<std::pair<std::string_view, EntryKind>, 10> kRoles = {
    {{"user", EntryKind::user},
     {"assistant", EntryKind::assistant},
     {"thinking", EntryKind::thinking},
     {"tool", EntryKind::tool_call},
     {"tool_call", EntryKind::tool_call},
     {"tool_result", EntryKind::tool_result},
     {"system", EntryKind::system},
     {"summary", EntryKind::summary},
     {"metadata", EntryKind::metadata},
     {"other", EntryKind::other}}};

Result<std::vector<EntryKind>> kinds_of(const std::vector<std::string>& roles) {
  std::vector<std::string_view> names;
  names.reserve(kRoles.size());
  for (const auto& [name, kind] : kRoles) names.push_back(name);
  std::vector<EntryKind> kinds;
  for (const std::string& role : roles) {
    kinds.push_back(kRoles.at(TRY(choose("--role", role, names))).second);
    if (role == "tool") kinds.push_back(EntryKind::tool_result);
  }
  return kinds;
}

// A date means the whole of that day.
Result<std::int64_t> parse_until(const std::string& text, std::int64_t now_ns) {
  constexpr std::size_t kDateLength = 10;
  constexpr std::int64_t kDay = 86'400'000'000'000;
  const std::int64_t time = TRY(parse_moment("--until", text, now_ns));
  return text.size() == kDateLength ? time + kDay : time;
}

Result<SearchQuery> query_of(const SearchArguments& arguments) {
  SearchQuery query;
  query.text = arguments.query;
  if (arguments.regex && arguments.substring) {
    return Status(Code::invalid, "--regex finds inside words already: leave --substring out");
  }
  if (arguments.count && arguments.names) {
    return Status(Code::invalid, "--count tells the sessions too: leave -l out");
  }
  if (arguments.regex) query.mode = SearchMode::regex;
  if (arguments.substring) query.mode = SearchMode::substring;
  query.exact_case = arguments.exact_case;
  query.raw = arguments.raw;
  query.kinds = TRY(kinds_of(arguments.roles));
  const std::int64_t now_ns = posix_fs().now_ns();
  if (arguments.since) query.since_ns = TRY(parse_moment("--since", *arguments.since, now_ns));
  if (arguments.until) query.before_ns = TRY(parse_until(*arguments.until, now_ns));
  return query;
}

// Where to search: each store, and the sessions of it that were named.
struct Scope {
  Store* store = nullptr;
  std::vector<std::string> sessions;  // empty: all
};

Result<std::vector<Scope>> scopes_of(const SearchArguments& arguments, Context& context) {
  std::vector<Scope> scopes;
  if (arguments.sessions.empty()) {
    const bool agents = arguments.agent || arguments.project;
    Store* store =
        TRY(agents && !context.names_store() ? context.agents() : context.reading_store());
    if (agents && context.names_store() && !context.reads_agents()) {
      return Status(Code::invalid,
                    "--agent and --project are of agents' sessions: give --store agents:");
    }
    return std::vector<Scope>{{store, {}}};
  }
  for (const std::string& name : arguments.sessions) {
    const FoundSession found = TRY(find_session(context, name));
    auto scope = std::find_if(scopes.begin(), scopes.end(),
                              [&](const Scope& one) { return one.store == found.store; });
    if (scope == scopes.end()) scope = scopes.insert(scope, {found.store, {}});
    scope->sessions.push_back(found.key);
  }
  return scopes;
}

class Run {
 public:
  Run(const SearchArguments& arguments, SearchQuery query, Context& context)
      : arguments_(arguments), query_(std::move(query)), context_(context) {}

  Result<int> run() {
    ListArguments filter;
    filter.agent = arguments_.agent;
    filter.project = arguments_.project;
    filter.all = true;
    filter_ = TRY(make_query(filter, posix_fs().now_ns()));
    const std::vector<Scope> scopes = TRY(scopes_of(arguments_, context_));
    const bool pages = !context_.json() && !arguments_.count && !arguments_.names;
    Pager pager(context_.output(), pages && !arguments_.no_pager);
    HitOutput output(context_, {arguments_.count, arguments_.names});
    for (const Scope& scope : scopes) CHECK_OK(search_in(scope, output));
    output.end();
    pager.close();
    output.tell_damage();
    for (Store* const store : large_) keep_index(*store);
    return finish(output);
  }

 private:
  Status search_in(const Scope& scope, HitOutput& output) {
    if (is_full()) return {};
    SearchOptions options;
    options.sessions = scope.sessions;
    options.limit = limit() - hits_;
    options.snippet_characters = output.snippet_characters();
    options.index = !arguments_.no_index;
    std::unordered_set<std::string> files;
    if (arguments_.agent || arguments_.project) {
      files = TRY(fitting_files(*scope.store));
      options.wants = [&](const SessionInfo& one) { return files.contains(one.file_name); };
    }
    options.stop = [] { return StopSignals::received() != 0; };
    Progress progress(context_.output());
    options.progress = [&](const SearchProgress& so_far) {
      progress.show("searched " + std::to_string(so_far.sessions) + " of " +
                    counted(so_far.sessions_total, "session"));
    };
    output.begin_store(*scope.store);
    const SearchReport report =
        TRY(search(*scope.store, query_, options, [&](const SearchHit& hit) {
          return output.add(hit) && !context_.output().reader_left();
        }));
    hits_ += report.hits;
    if (report.bytes > kIndexedUnasked) large_.push_back(scope.store);
    for (const Unsearched& one : report.unsearched) {
      if (failure_.ok()) failure_ = one.status;
      output.add_unsearched(one);
    }
    for (const UnsearchedDamage& one : report.unsearched_damage) output.add_damage(one);
    return {};
  }

  // Whether that works is nobody's concern here.
  void keep_index(Store& store) const {
    if (arguments_.no_index || !context_.output().flush()) return;
    const std::int64_t end_ns = posix_fs().monotonic_ns() + kIndexingNs;
    IndexOptions options;
    options.stop = [end_ns] {
      return StopSignals::received() != 0 || posix_fs().monotonic_ns() > end_ns;
    };
    static_cast<void>(update_search_index(store, options));
  }

  [[nodiscard]] std::uint64_t limit() const {
    if (arguments_.limit) return *arguments_.limit;
    const bool is_screen = context_.output().is_terminal() && !context_.json() &&
                           !arguments_.count && !arguments_.names;
    return is_screen ? kShownOnTerminal : UINT64_MAX;
  }
  [[nodiscard]] bool is_full() const { return hits_ >= limit(); }

  // Of the sessions that --agent and --project leave, the files.
  Result<std::unordered_set<std::string>> fitting_files(Store& store) const {
    std::unordered_set<std::string> files;
    for (const SessionRow& row : TRY(ask_catalog(store, filter_, context_)).rows) {
      files.insert(row.session.file_name);
    }
    return files;
  }

  int finish(const HitOutput& output) {
    Output& out = context_.output();
    if (is_full() && !arguments_.limit && hits_ > 0) {
      out.note("note: these are the newest " + std::to_string(hits_) +
               " hits; --limit N shows more");
    }
    if (hits_ > 0 && output.is_for_people() && !out.is_quiet()) {
      out.note("to read on from a hit: " + context_.command_hint("show SESSION --at POSITION"));
    }
    if (!failure_.ok()) return static_cast<int>(failure_.code());
    return hits_ > 0 ? kExitOk : kExitNothing;
  }

  const SearchArguments& arguments_;
  const SearchQuery query_;
  Context& context_;
  ListQuery filter_;
  std::uint64_t hits_ = 0;
  std::vector<Store*> large_;
  Status failure_;
};

Result<int> run_search(const SearchArguments& arguments, Context& context) {
  const StopSignals signals;
  SearchQuery query = TRY(query_of(arguments));
  return Run(arguments, std::move(query), context).run();
}

void declare_query(Command& command, SearchArguments& arguments) {
  command.argument("QUERY", arguments.query, "What to look for");
  command.any_arguments("SESSION", arguments.sessions, kSessionHelp);
  command.flag("--regex", arguments.regex, "QUERY is a regular expression, in RE2's syntax");
  command.flag("--substring", arguments.substring, "Find words also inside other words");
  command.flag("--case", arguments.exact_case, "Upper and lower case differ");
  command.option("--role", "ROLE", arguments.roles,
                 "Only of user, assistant, thinking, tool (tool_call, tool_result), system, "
                 "summary, metadata, other; may be repeated");
  command.option("--since", "WHEN", arguments.since,
                 "Only what was said since: 90m, 12h, 7d, 2w or 2026-08-20");
  command.option("--until", "WHEN", arguments.until, "Only what was said until then");
  command.option("--project", "FOLDER", arguments.project,
                 "Agents' sessions that began in this folder or below, such as .");
  command.option("--agent", "NAME", arguments.agent,
                 "Sessions of claude, codex, pi, openclaw, gemini or nanobot");
  command.flag("--raw", arguments.raw,
               "Whole records: also copies, ids and what stands beside what was said");
}

}  // namespace

void add_search(Command& root, Context& context) {
  auto arguments = std::make_shared<SearchArguments>();
  Command command = root.add_command("search", "Find text in the sessions", kReadGroup);
  declare_query(command, *arguments);
  command.option("--limit", "N", arguments->limit, "At most N hits; on a terminal 200");
  command.flag("--count", arguments->count, "Only how many hits each session has");
  command.flag("-l,--sessions", arguments->names, "Only the sessions that have hits");
  command.flag("--no-index", arguments->no_index, "Neither use nor renew the index; see index");
  command.flag("--no-pager", arguments->no_pager, "Never through $PAGER");
  command.footer(
      "What was said must hold all the words of QUERY, whatever their case:\n"
      "  power cut        both words          \"power cut\"      one after the other\n"
      "  fsync*           words that begin so  -docker          but not this one\n"
      "Chinese, Japanese, Korean and Thai are found anywhere, symbols such as -> too. It searches\n"
      "the store; where there is none, what the agents of this machine wrote. Everything counts\n"
      "that was said, thought, called, answered or titled, also before a compaction; each once.\n"
      "\n"
      "Newest sessions first. Into a pipe: key, position, role, time and text, separated by tabs.\n"
      "`everturn show SESSION --at POSITION` opens a hit. Exits with 1 if nothing is found.\n"
      "Damage is searched too, but what it holds is no hit: a note names the sessions where it "
      "may\n"
      "hold the text.");
  command.action([arguments, &context] { return run_search(*arguments, context); });
}

}  // namespace everturn::cli
