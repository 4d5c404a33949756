// SPDX-License-Identifier: Apache-2.0
// A forked process of the lab, in a process group of its own, that dies with the lab and ends by
// _exit, so that nothing of the lab runs twice. Only one thread may exist when it is made.
#ifndef EVERTURN_TESTS_LAB_CHILD_H_
#define EVERTURN_TESTS_LAB_CHILD_H_

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace everturn::lab {

class Child {
 public:
  // The work gets its end of a socket to the lab. `traced`: it stops before its work, as a tracee.
  explicit Child(const std::function<void(int descriptor)>& work, bool traced = false);
  ~Child();  // kills it if need be
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  [[nodiscard]] pid_t id() const { return id_; }
  [[nodiscard]] int descriptor() const { return descriptor_; }
  [[nodiscard]] int descriptor_inside() const { return inside_; }
  void kill();                                      // SIGKILL; does not wait
  int wait();                                       // its exit code; 128 + N if signal N ended it
  void has_ended(int status) { status_ = status; }  // somebody else has waited
  // Adds what has come to text(); false when no more will come.
  bool receive();
  std::string& receive_all();  // until it has ended
  [[nodiscard]] std::string& text() { return text_; }
  // The next line without its end; false when there is none and never will be.
  bool next_line(std::string* line);
  void send(std::string_view bytes) const;

 private:
  pid_t id_ = -1;
  int descriptor_ = -1;
  int inside_ = -1;  // the number of the child's end, in the child
  int status_ = -1;
  std::string text_;
};

}  // namespace everturn::lab

#endif  // EVERTURN_TESTS_LAB_CHILD_H_
