// SPDX-License-Identifier: Apache-2.0
// What is odd about a session as a whole: its metadata records, and the count that they keep of
// records. Fed with all that a scan finds, from the session's beginning to its end. Of records,
// only those that begin with `_type` are looked into.
#ifndef EVERTURN_STORE_SESSION_FINDINGS_H_
#define EVERTURN_STORE_SESSION_FINDINGS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "everturn/report.h"
#include "journal/scan.h"

namespace everturn {

class SessionFindings {
 public:
  // `expects_metadata`: the session lies where each one begins with a metadata record.
  explicit SessionFindings(bool expects_metadata) : expects_metadata_(expects_metadata) {}

  void on_record(const ScannedRecord& record) {
    ++records_;
    if (record.bytes.starts_with(R"({"_type")")) {
      on_typed_record(record);
    } else {
      ++messages_;
    }
  }
  // `bytes`: the damaged ones, or as many of the first as are at hand.
  void on_damage(const Damage& damage, std::string_view bytes);
  // At the end of the session: the notes, in no order.
  std::vector<Note> finish();

 private:
  struct MetadataSeen {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    std::uint64_t hash = 0;
    bool is_ours = false;
    std::optional<std::int64_t> last_consolidated;  // unset: missing, or no integer
    bool has_bad_count = false;
  };

  void on_typed_record(const ScannedRecord& record);
  void on_metadata(const ScannedRecord& record);
  void check_times(const ScannedRecord& record);
  void check_count();
  void note(std::uint64_t offset, std::uint64_t length, NoteKind kind, std::string detail);

  bool expects_metadata_;
  std::uint64_t records_ = 0;
  std::uint64_t messages_ = 0;               // the records that last_consolidated counts
  std::optional<std::uint64_t> first_loss_;  // how many messages stand before the first damage
  std::optional<MetadataSeen> metadata_;     // the last one
  bool saw_torn_metadata_ = false;
  std::vector<Note> notes_;
};

}  // namespace everturn

#endif  // EVERTURN_STORE_SESSION_FINDINGS_H_
