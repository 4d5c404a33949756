// SPDX-License-Identifier: Apache-2.0
// The rows of the catalog's file, as they lay there: nothing is known of them yet. One thread; any
// number once they are loaded.
#ifndef EVERTURN_FIND_STORED_ROWS_H_
#define EVERTURN_FIND_STORED_ROWS_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "find/catalog_file.h"
#include "store/listed_names.h"

namespace everturn {

class StoredRows {
 public:
  // Empty where the file cannot be read.
  void load(CatalogFile& file);
  [[nodiscard]] std::size_t size() const { return rows_.size(); }
  [[nodiscard]] std::string_view name(std::size_t number) const;
  [[nodiscard]] std::string_view bytes(std::size_t number) const;
  // By the number of each listed name, the number of its row; -1: there is none.
  [[nodiscard]] std::vector<std::int32_t> numbers_of(const ListedNames& listed) const;

 private:
  struct Row {
    std::uint64_t offset = 0;
    std::uint32_t name_size = 0;
    std::uint32_t size = 0;
  };
  void look_up(const ListedNames& listed, std::span<const std::uint32_t> strays,
               std::vector<std::int32_t>& numbers) const;

  std::string bytes_;
  std::vector<Row> rows_;
};

}  // namespace everturn

#endif  // EVERTURN_FIND_STORED_ROWS_H_
