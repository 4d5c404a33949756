// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/report.h"

#include <sys/utsname.h>

#include <array>
#include <cstdio>
#include <ctime>
#include <sstream>
#include <stdexcept>

#include "tests/lab/folder_image.h"

namespace everturn::lab {
namespace {

struct Figure {
  std::uint64_t number;
  const char* what;
};

std::vector<Figure> figures_of(const Tally& tally) {
  return {{tally.states(), "states looked at"},    {tally.kills, "kills"},
          {tally.faults, "errors injected"},       {tally.simulated, "simulated crash states"},
          {tally.mounted, "crash states mounted"}, {tally.acknowledged, "records acknowledged"}};
}

// 1234567 as 1,234,567.
std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

std::string verdict_of(const Tally& tally) {
  if (!tally.skipped.empty()) return "skipped";
  if (tally.wants_losses) return tally.holds() ? "loses, as it must" : "LOSES NOTHING";
  return tally.holds() ? "holds" : "BROKEN";
}

std::string command_of(const Ran& ran, const Context& context) {
  const std::uint64_t seed = ran.tally.first_seed == 0 ? context.seed : ran.tally.first_seed;
  return "everturn-lab run '" + std::string(ran.campaign->name) + "' --seed " +
         std::to_string(seed) + (context.full ? " --full" : "") + " --only '" +
         ran.tally.first_case + "'";
}

std::string seconds_of(const Tally& tally) {
  std::array<char, 32> text = {};
  std::snprintf(text.data(), text.size(), "%.1f s", tally.seconds);
  return text.data();
}

std::string machine() {
  utsname names = {};
  uname(&names);
  return std::string(names.sysname) + " " + names.release + ", " + names.machine;
}

std::string today() {
  const std::time_t now = std::time(nullptr);
  std::array<char, 32> text = {};
  std::tm parts = {};
  std::strftime(text.data(), text.size(), "%Y-%m-%d", gmtime_r(&now, &parts));
  return text.data();
}

void write_line(std::ostream& page, const std::string& name, const std::string& verdict,
                const Tally& tally) {
  page << "| " << name << " | " << verdict;
  for (const Figure& figure : figures_of(tally)) page << " | " << grouped(figure.number);
  page << " | " << grouped(tally.lost) << " | " << tally.unreadable << " | "
       << grouped(tally.unaccounted_bytes) << " | " << seconds_of(tally) << " |\n";
}

std::string origin_of(const Context& context) {
  return std::string("Written by `everturn-lab run") + (context.full ? " --full" : "") +
         " --seed " + std::to_string(context.seed) + "` on " + today() + ", " + machine() + ".";
}

void write_table(std::ostream& page, const std::vector<Ran>& ran) {
  page << "| campaign | verdict | states | kills | errors | simulated | mounted | acknowledged | "
          "lost | unreadable | bytes unaccounted | time |\n"
       << "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n";
  Tally all;
  for (const Ran& one : ran) {
    write_line(page, std::string(one.campaign->name), verdict_of(one.tally), one.tally);
    if (!one.tally.wants_losses) all.add(one.tally);
  }
  write_line(page, "all but those that must lose", "", all);
}

void write_rows(std::ostream& page, const Ran& ran) {
  const Tally& tally = ran.tally;
  page << "\n## " << ran.campaign->name << "\n\n" << ran.campaign->what << ".";
  if (!ran.campaign->checks.empty()) page << " Checks " << ran.campaign->checks << ".";
  page << "\n\n";
  if (!tally.skipped.empty()) {
    page << "Skipped: " << tally.skipped << ".\n";
    return;
  }
  page << "| part | states | broken |\n|---|--:|--:|\n";
  for (const Row& row : tally.rows()) {
    page << "| " << row.name << " | " << grouped(row.states) << " | " << grouped(row.broken)
         << " |\n";
  }
  for (const std::string& note : tally.notes) page << "\n" << note << "\n";
  if (tally.first_failure.empty()) return;
  page << "\nFirst loss: `" << tally.first_failure << "`\n";
}

}  // namespace

std::string text_of(const Ran& ran, const Context& context) {
  const Tally& tally = ran.tally;
  std::ostringstream text;
  text << ran.campaign->name << ": " << verdict_of(tally);
  if (!tally.skipped.empty()) return text.str() + ": " + tally.skipped + "\n";
  for (const Figure& figure : figures_of(tally)) {
    if (figure.number > 0) text << ", " << grouped(figure.number) << " " << figure.what;
  }
  text << ", " << tally.lost << " lost, " << tally.unreadable << " unreadable, "
       << tally.unaccounted_bytes << " bytes unaccounted for, seed " << context.seed << ", "
       << seconds_of(tally) << "\n";
  if (tally.wants_losses || !tally.holds()) {
    for (const Row& row : tally.rows()) {
      text << "    " << row.name << ": " << row.broken << " of " << row.states << " states lose\n";
    }
  }
  for (const std::string& note : tally.notes) text << "    " << note << "\n";
  if (!tally.first_failure.empty() && tally.first_case.empty()) {
    text << "    " << tally.first_failure << "\n";
  } else if (!tally.first_failure.empty()) {
    text << "    first: " << tally.first_failure << "\n    again: " << command_of(ran, context)
         << "\n";
  }
  return text.str();
}

void write_report(const std::vector<Ran>& ran, const Context& context, const std::string& path) {
  const std::string stem = path.ends_with(".md") ? path.substr(0, path.size() - 3) : path;
  const std::string plot = stem + ".svg";
  std::ostringstream page;
  page << "# What the crash lab found\n\n"
       << origin_of(context) << "\n\n![States that kept every promise, by campaign]("
       << plot.substr(plot.rfind('/') + 1) << ")\n\n";
  write_table(page, ran);
  for (const Ran& one : ran) write_rows(page, one);
  write_whole_file(path, page.str());
  write_whole_file(plot, plot_of(ran));
}

void write_figures(const std::vector<Ran>& ran, const Context& context, const std::string& path) {
  const std::string page = read_whole_file(path);
  const std::size_t begin = page.find(kFiguresBegin);
  const std::size_t end = page.find(kFiguresEnd);
  if (begin == std::string::npos || end == std::string::npos || end < begin) {
    throw std::runtime_error(path + " has no marks for the figures");
  }
  std::ostringstream section;
  section << page.substr(0, begin) << kFiguresBegin << origin_of(context) << "\n\n";
  write_table(section, ran);
  for (const Ran& one : ran) {
    for (const std::string& note : one.tally.notes) {
      section << "\n- " << one.campaign->name << ": " << note;
    }
  }
  section << "\n" << page.substr(end);
  write_whole_file(path, section.str());
}

std::string plot_of(const std::vector<Ran>& ran) {
  constexpr int kRow = 26;
  constexpr int kLeft = 140;
  constexpr int kBar = 420;
  const int height = static_cast<int>(ran.size()) * kRow + 56;
  std::ostringstream svg;
  svg << "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 800 " << height
      << "\" role=\"img\" aria-label=\"States that kept every promise, by campaign\">\n"
      << "<style>text{font:13px system-ui,sans-serif;fill:#1f2328}.n{fill:#59636e}"
         ".k{fill:#1a7f37}.b{fill:#cf222e}.s{fill:#8c959f;opacity:.3}"
         "@media (prefers-color-scheme:dark){text{fill:#e6edf3}.n{fill:#9198a1}.k{fill:#3fb950}"
         ".b{fill:#f85149}}</style>\n"
      << "<text x=\"10\" y=\"20\" font-weight=\"600\">States that kept every promise (green) and "
         "that did not (red)</text>\n";
  int y = 38;
  for (const Ran& one : ran) {
    const std::uint64_t states = one.tally.states();
    const std::uint64_t kept = states - one.tally.broken();
    const int green = states == 0 ? 0 : static_cast<int>(kBar * kept / states);
    svg << "<text x=\"10\" y=\"" << y + 14 << "\">" << one.campaign->name << "</text>"
        << "<rect class=\"s\" x=\"" << kLeft << "\" y=\"" << y << "\" width=\"" << kBar
        << "\" height=\"18\"/>";
    if (states > 0) {
      svg << "<rect class=\"k\" x=\"" << kLeft << "\" y=\"" << y << "\" width=\"" << green
          << "\" height=\"18\"/><rect class=\"b\" x=\"" << kLeft + green << "\" y=\"" << y
          << "\" width=\"" << kBar - green << "\" height=\"18\"/>";
    }
    svg << "<text class=\"n\" x=\"" << kLeft + kBar + 10 << "\" y=\"" << y + 14 << "\">"
        << (states == 0 ? std::string("not run here") : grouped(kept) + " of " + grouped(states))
        << "</text>\n";
    y += kRow;
  }
  svg << "</svg>\n";
  return svg.str();
}

}  // namespace everturn::lab
