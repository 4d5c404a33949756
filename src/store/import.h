// SPDX-License-Identifier: Apache-2.0
// Copies of what agents write, in a folder of their own: each agent's folder becomes a folder
// "AGENT-HASH" there (name_of_copy()), with the files below it under the same paths, byte for byte,
// and a file "AGENT-HASH.origin" that holds its path. open_store("agents:FOLDER") reads them.
//
// What vanished at the source stays; what was rewritten there is kept under a further name, see
// keep_copy(). Links are not followed. Nothing is written at the source.
#ifndef EVERTURN_STORE_IMPORT_H_
#define EVERTURN_STORE_IMPORT_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "agents/find.h"
#include "fs/fs.h"
#include "store/kept_copy.h"

namespace everturn {

// What became of one file, or of a thing that is not copied.
struct ImportEvent {
  std::string source;  // its path
  std::string copy;    // "" if there is none
  Status status;       // ok: `report` tells; else it could not be read or copied
  CopyReport report;
  std::string skipped;  // why it is not copied by intention: a link, not a regular file
};

class Importer {
 public:
  // `false` ends the pass behind this file.
  using Sink = std::function<bool(const ImportEvent&)>;

  // Makes the folder `to`, takes its lock and removes what a killed run left unfinished.
  // `unavailable`: another process imports into it.
  static Result<std::unique_ptr<Importer>> open(Fs& fs, const std::string& to);

  // One pass over a place: each file in it once, `sink` is called behind each that was looked at.
  // A second pass of the same Importer leaves out files whose size and times did not move, without
  // telling them. What fails is told and the pass goes on. Without an error if nothing is there.
  Status import(const AgentPlace& place, const Sink& sink);

  // From now on each folder is watched from before a pass looks into it.
  void watch_folders();
  // Waits until something in a watched folder may have changed, at most `timeout_ms`; whether it
  // has. Without a watch it only waits.
  bool wait(std::int64_t timeout_ms);
  // A further pass may find something that no watch tells: a folder that cannot be watched was
  // gone through since the last call, or something is there where the passes found nothing.
  bool must_look_again();

 private:
  class Pass;
  friend class Pass;
  Importer(Fs& fs, std::string to) : fs_(fs), to_(std::move(to)) {}
  Status note_origin(const std::string& name, const std::string& path);
  void sweep(Folder& folder, int depth);

  Fs& fs_;
  std::string to_;
  std::unique_ptr<Folder> root_;
  std::unique_ptr<LockFile> lock_;
  FileId root_id_;
  // Of the files that were copied: what their sources were then.
  struct Known {
    FileId id;
    std::uint64_t size = 0;
    std::int64_t changed_ns = 0;
  };
  std::map<std::string, Known> known_;
  std::unique_ptr<FolderWatch> watch_;  // null: nothing is watched
  bool has_unwatched_ = false;
  std::set<std::string> missing_;  // folders that a pass looked for
};

}  // namespace everturn

#endif  // EVERTURN_STORE_IMPORT_H_
