// SPDX-License-Identifier: Apache-2.0
#include "store/batch.h"

#include <utility>

#include "base/try.h"
#include "base/utf8.h"

namespace everturn {
namespace {

std::string place(std::size_t index, std::size_t count) {
  return "record " + std::to_string(index + 1) + " of " + std::to_string(count);
}

Status check_line_breaks(std::string_view record, const std::string& where) {
  const std::size_t newline = record.find('\n');
  if (newline != std::string_view::npos) {
    return {Code::invalid, where + ": a raw line break at byte " + std::to_string(newline) +
                               "; a record is one line, write it without line breaks"};
  }
  const std::size_t carriage_return = record.find('\r');
  if (carriage_return != std::string_view::npos && carriage_return + 1 != record.size()) {
    return {Code::invalid, where + ": a raw carriage return at byte " +
                               std::to_string(carriage_return) +
                               "; many readers take it for a line end, remove it"};
  }
  return {};
}

// The size of all lines, each with its '\n'.
Result<std::uint64_t> check_sizes(std::span<const std::string_view> records,
                                  std::uint64_t max_record_bytes) {
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (records[i].size() > max_record_bytes) {
      return Status(Code::invalid, place(i, records.size()) + " has " +
                                       std::to_string(records[i].size()) + " bytes, the limit is " +
                                       std::to_string(max_record_bytes) +
                                       "; raise the limit or keep large payloads elsewhere");
    }
    bytes += records[i].size() + 1;
  }
  if (bytes <= kMaxBatchBytes) return bytes;
  return Status(Code::invalid, "a batch of " + std::to_string(bytes) + " bytes; at most " +
                                   std::to_string(kMaxBatchBytes) + " fit in one, split it");
}

// kJsonPadding bytes behind `record`, the one of that index, must be readable.
Status check_record(std::string_view record, std::size_t index, std::size_t count,
                    JsonChecker& checker) {
  // Two searches for one byte each are far faster than one find_first_of.
  const bool one_line =
      record.find('\n') == std::string_view::npos && record.find('\r') == std::string_view::npos;
  if (one_line && checker.is_object(record)) return {};
  const std::string where = place(index, count);
  CHECK_OK(check_line_breaks(record, where));
  if (!one_line && checker.is_object(record)) return {};
  const JsonFault& fault = checker.fault();
  const std::string around =
      printable(record.substr(fault.offset < 20 ? 0 : fault.offset - 20, 40));
  return {Code::invalid, where + " is not one JSON object: " + std::string(fault.reason) +
                             " at byte " + std::to_string(fault.offset) + ", near \"" + around +
                             "\"; nothing was written"};
}

Status check_records(std::span<const std::string_view> records, JsonChecker& checker) {
  std::string padded;
  for (std::size_t i = 0; i < records.size(); ++i) {
    padded.assign(records[i]).append(kJsonPadding, '\0');
    const std::string_view record = std::string_view(padded).substr(0, records[i].size());
    CHECK_OK(check_record(record, i, records.size(), checker));
  }
  return {};
}

}  // namespace

void Batch::add(std::string_view record) {
  lines.push_back({framed.size(), record.size()});
  framed += record;
  framed += '\n';
}

Result<Batch> make_batch(std::span<const std::string_view> records,
                         std::uint64_t max_record_bytes) {
  const std::uint64_t bytes = TRY(check_sizes(records, max_record_bytes));
  Batch batch;
  batch.framed.reserve(1 + bytes + kJsonPadding);
  batch.lines.reserve(records.size());
  for (const std::string_view record : records) batch.add(record);
  const std::size_t size = batch.framed.size();
  batch.framed.append(kJsonPadding, '\0');
  JsonChecker checker;
  for (std::size_t i = 0; i < batch.lines.size(); ++i) {
    CHECK_OK(check_record(batch.record(i), i, records.size(), checker));
  }
  batch.framed.resize(size);
  return batch;
}

Result<SaveContent> SaveContent::begin(std::span<const std::string_view> records,
                                       std::uint64_t max_record_bytes) {
  const std::uint64_t bytes = TRY(check_sizes(records, max_record_bytes));
  SaveContent content(records, bytes);
  content.running_.emplace(content.is_large(), [records, checker = content.checker_.get()] {
    return check_records(records, *checker);
  });
  if (!content.is_large()) CHECK_OK(content.check());
  return content;
}

const Status& SaveContent::check() {
  if (!verdict_) verdict_ = running_->get();
  return *verdict_;
}

Batch SaveContent::joined(std::size_t first) const {
  Batch batch;
  for (const std::string_view record : records_.subspan(first)) batch.add(record);
  return batch;
}

}  // namespace everturn
