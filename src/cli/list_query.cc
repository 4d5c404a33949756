// SPDX-License-Identifier: Apache-2.0
#include "cli/list_query.h"

#include <array>
#include <charconv>
#include <utility>

#include "agents/folders.h"
#include "base/time_text.h"
#include "base/try.h"
#include "base/utf8.h"
#include "fs/fs.h"

namespace everturn::cli {
namespace {

Status unknown_agent(const std::string& name) {
  return {Code::invalid,
          "--agent takes one of claude, codex, pi, openclaw, gemini, nanobot, openai, not \"" +
              printable(name) + "\""};
}

bool is_agent(const std::string& name) {
  if (agent_of_name(name)) return true;
  for (const std::string_view dialect : dialect_names()) {
    if (name == dialect) return true;
  }
  return false;
}

// As agents write it: absolute, without links and dots.
std::string project_path(const std::string& project) {
  std::string path = posix_fs().real_path(project);
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

Result<ListSort> parse_sort(const std::string& name) {
  constexpr std::array<std::pair<std::string_view, ListSort>, 5> kSorts = {
      {{"newest", ListSort::newest},
       {"oldest", ListSort::oldest},
       {"size", ListSort::largest},
       {"title", ListSort::title},
       {"records", ListSort::records}}};
  for (const auto& [word, sort] : kSorts) {
    if (name == word) return sort;
  }
  return Status(Code::invalid, "--sort takes newest, oldest, size, title or records, not \"" +
                                   printable(name) + "\"");
}

}  // namespace

Result<ListQuery> make_query(const ListArguments& arguments, std::int64_t now_ns) {
  ListQuery query;
  query.text = arguments.match.value_or("");
  if (arguments.project) query.project = project_path(*arguments.project);
  if (arguments.agent && !is_agent(*arguments.agent)) return unknown_agent(*arguments.agent);
  query.agent = arguments.agent.value_or("");
  if (arguments.since) query.since_ns = TRY(parse_moment("--since", *arguments.since, now_ns));
  if (arguments.until) query.until_ns = TRY(parse_moment("--until", *arguments.until, now_ns));
  if (arguments.min_size) query.min_bytes = TRY(parse_size("--min-size", *arguments.min_size));
  if (arguments.max_size) query.max_bytes = TRY(parse_size("--max-size", *arguments.max_size));
  if (arguments.sort) query.sort = TRY(parse_sort(*arguments.sort));
  if (arguments.limit == 0U) return Status(Code::invalid, "--limit takes a number from 1 on");
  query.damaged_only = arguments.damaged;
  query.with_parts = arguments.all;
  query.cursor = arguments.cursor.value_or("");
  query.trusted = arguments.trusted;
  return query;
}

Result<ListPage> ask_catalog(Store& store, const ListQuery& query, Context& context,
                             bool use_file) {
  Progress progress(context.output());
  CatalogOptions options;
  options.use_file = use_file;
  options.progress = [&](std::uint64_t done, std::uint64_t of) {
    progress.show("reading " + std::to_string(done) + " of " + counted(of, "session"));
  };
  return Catalog(store, std::move(options)).list(query);
}

Result<std::int64_t> parse_moment(std::string_view option, std::string_view text,
                                  std::int64_t now_ns) {
  if (const auto time_ns = parse_time_since(text, now_ns)) return *time_ns;
  return Status(Code::invalid, std::string(option) +
                                   " takes such as 90m, 12h, 7d, 2w or 2026-08-20, not \"" +
                                   printable(text) + "\"");
}

Result<std::uint64_t> parse_size(std::string_view option, std::string_view text) {
  std::uint64_t count = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, count);
  const std::string_view unit(stop, static_cast<std::size_t>(end - stop));
  constexpr std::array<std::string_view, 4> kUnits = {"", "K", "M", "G"};
  for (std::size_t i = 0; i < kUnits.size(); ++i) {
    const auto shift = static_cast<unsigned>(i * 10);
    if (error == std::errc() && unit == kUnits[i] && count <= UINT64_MAX >> shift) {
      return count << shift;
    }
  }
  return Status(Code::invalid, std::string(option) + " takes such as 4096, 64K, 10M or 1G, not \"" +
                                   printable(text) + "\"");
}

}  // namespace everturn::cli
