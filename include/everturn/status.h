// SPDX-License-Identifier: Apache-2.0
// How Everturn reports failure: one error type, and no exception crosses this interface.
//
//   Result<Appended> reply = store->append("telegram:12345", records, {});
//   if (!reply) std::fprintf(stderr, "%s\n", reply.status().message().c_str());
//
// A code tells the caller what to do next. Its number is the exit status of the command line tool
// and, later, the code of the C interface; numbers never change.
#ifndef EVERTURN_STATUS_H_
#define EVERTURN_STATUS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace everturn {

enum class Code : std::uint8_t {
  ok = 0,
  // 1 is the command line's "nothing found, or different"; the library never returns it.
  invalid = 2,      // mend the call: a bad key, a record that is not JSON, a closed handle
  not_found = 3,    // there is no such session, position or trash entry
  conflict = 4,     // somebody else wrote in between: load again, then decide
  damaged = 5,      // the bytes on the disk are not what they should be: look, then repair
  io = 6,           // the disk failed, is full or refuses: look at it; the outcome may be unknown
  unavailable = 7,  // try again later: locked by another process, out of memory or of descriptors
};

// The name of a code as it stands in messages and JSON, for instance "not_found".
std::string_view code_name(Code code);

// A code and one sentence: what happened, where, and what to do about it. Copyable; thread-safe to
// read. Must be looked at: the compiler warns when a Status is dropped.
class [[nodiscard]] Status {
 public:
  Status() = default;  // ok
  Status(Code code, std::string message, int system_error = 0)
      : code_(code), system_error_(system_error), message_(std::move(message)) {}

  [[nodiscard]] bool ok() const { return code_ == Code::ok; }
  explicit operator bool() const { return ok(); }
  [[nodiscard]] Code code() const { return code_; }
  [[nodiscard]] const std::string& message() const { return message_; }
  // The errno value behind an `io` or `unavailable`, 0 where there is none.
  [[nodiscard]] int system_error() const { return system_error_; }
  // The same failure with its place in front: "append to telegram:12345: disk full ...".
  [[nodiscard]] Status within(std::string_view place) const;

 private:
  Code code_ = Code::ok;
  int system_error_ = 0;
  std::string message_;
};

// A T, or the Status that says why there is none (never an ok one).
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}          // NOLINT(google-explicit-constructor)
  Result(Status status) : status_(std::move(status)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool ok() const { return value_.has_value(); }
  explicit operator bool() const { return ok(); }
  [[nodiscard]] const Status& status() const { return status_; }
  // The value; call these only after ok().
  T& operator*() & { return *value_; }
  const T& operator*() const& { return *value_; }
  T&& operator*() && { return *std::move(value_); }
  T* operator->() { return &*value_; }
  const T* operator->() const { return &*value_; }

 private:
  std::optional<T> value_;
  Status status_;
};

}  // namespace everturn

#endif  // EVERTURN_STATUS_H_
