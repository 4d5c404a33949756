// SPDX-License-Identifier: Apache-2.0
// The files of the page: a table of names that is made once, so that no path of a request ever
// reaches the file system. Immutable afterwards; any number of threads.
#ifndef EVERTURN_SERVER_ASSETS_H_
#define EVERTURN_SERVER_ASSETS_H_

#include <map>
#include <string>
#include <string_view>

#include "fs/fs.h"

namespace everturn::server {

struct Asset {
  std::string content;
  std::string media_type;
  std::string etag;
  bool gzip = false;  // the content is compressed
};

class Assets {
 public:
  // `name`: "index.html", "assets/app-1f2e.js", with ".gz" behind it if the content is compressed.
  void add(std::string_view name, std::string content);
  // All files of a folder and of `assets` in it; anything else in it is passed over.
  static Result<Assets> read_folder(Fs& fs, const std::string& path);

  [[nodiscard]] const Asset* find(std::string_view name) const;
  [[nodiscard]] bool empty() const { return assets_.empty(); }

 private:
  std::map<std::string, Asset, std::less<>> assets_;
};

// The page as it was when this was built; from web/dist.
Assets built_in_page();

}  // namespace everturn::server

#endif  // EVERTURN_SERVER_ASSETS_H_
