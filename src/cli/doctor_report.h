// SPDX-License-Identifier: Apache-2.0
// What everturn doctor prints: a session as it is examined, and what all of them came to.
#ifndef EVERTURN_CLI_DOCTOR_REPORT_H_
#define EVERTURN_CLI_DOCTOR_REPORT_H_

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agents/traces.h"
#include "cli/context.h"
#include "everturn/report.h"
#include "views/examination.h"

namespace everturn::cli {

// A session on its way through the doctor.
struct Patient {
  Store* store = nullptr;
  SessionInfo session;
  bool is_file = false;  // session.file_name is a path: other agents' files
  std::uint64_t sub_agent_bytes = 0;
};

class DoctorReport {
 public:
  // `in_full`: also what is only a note, for sessions that were asked for by name.
  DoctorReport(Context& context, bool in_full) : context_(context), in_full_(in_full) {}

  void add(const Patient& patient, const Examination& examination);
  void add_unreadable(const Patient& patient, const Status& status);
  // Folders and files that could not be looked at; sessions whose transcripts are gone.
  void add_problems(std::vector<std::string> problems);
  void add_traces(std::vector<SessionTrace> traces);
  // The last words. `seconds`: how long it took.
  void finish(double seconds);
  [[nodiscard]] int exit_status() const;

 private:
  void print(const Patient& patient, const Examination& examination);
  void print_json(const Patient& patient, const Examination& examination);
  void print_traces();
  void print_summary(double seconds);
  void print_advice();
  void print_summary_json(double seconds);
  [[nodiscard]] std::string biggest_parts() const;
  [[nodiscard]] std::string secrets_text() const;

  struct Secrets {
    std::string_view title;
    std::uint64_t distinct = 0;  // summed over sessions
    std::uint64_t places = 0;
    std::uint64_t sessions = 0;
  };

  Context& context_;
  bool in_full_;
  std::uint64_t sessions_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t damaged_ = 0;
  std::uint64_t hiding_ = 0;
  std::uint64_t notes_ = 0;
  std::uint64_t unreadable_ = 0;
  int unreadable_status_ = 0;
  std::array<std::uint64_t, kSizeParts> sizes_{};
  std::map<std::string_view, Secrets> secrets_;
  std::vector<SessionTrace> traces_;
  std::vector<std::string> problems_;
  std::string largest_;
  std::uint64_t largest_bytes_ = 0;
  std::string first_mend_;    // a command that mends the first that is damaged
  std::string first_copy_;    // one that copies what can be read of the first with a hole
  std::string first_rescue_;  // one that shows the hidden messages of the first that has some
};

}  // namespace everturn::cli

#endif  // EVERTURN_CLI_DOCTOR_REPORT_H_
