// SPDX-License-Identifier: Apache-2.0
#include "server/assets.h"

#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "base/try.h"

namespace everturn::server {
namespace {

constexpr std::uint64_t kLargestAsset = 32 << 20;

std::string_view media_type_of(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kTypes = {
      {{".html", "text/html; charset=utf-8"},
       {".js", "text/javascript; charset=utf-8"},
       {".css", "text/css; charset=utf-8"},
       {".json", "application/json"},
       {".webmanifest", "application/manifest+json"},
       {".svg", "image/svg+xml"},
       {".png", "image/png"},
       {".ico", "image/x-icon"},
       {".woff2", "font/woff2"},
       {".map", "application/json"}}};
  for (const auto& [ending, type] : kTypes) {
    if (name.ends_with(ending)) return type;
  }
  return "application/octet-stream";
}

Status add_folder(Folder& folder, const std::string& prefix, Assets& assets) {
  std::vector<std::string> names;
  CHECK_OK(folder.list([&](std::string_view name, FileKind kind) {
    if (kind == FileKind::file && !name.starts_with('.')) names.emplace_back(name);
    return true;
  }));
  for (const std::string& name : names) {
    const std::unique_ptr<File> file = TRY(folder.open(name, Access::read));
    const FileInfo info = TRY(file->info());
    if (info.size > kLargestAsset) {
      return {Code::invalid, prefix + name + " is larger than a file of a page may be"};
    }
    std::string content(static_cast<std::size_t>(info.size), '\0');
    content.resize(TRY(file->read_at(0, content.data(), content.size())));
    assets.add(prefix + name, std::move(content));
  }
  return {};
}

}  // namespace

void Assets::add(std::string_view name, std::string content) {
  constexpr std::string_view kCompressed = ".gz";
  Asset asset;
  asset.gzip = name.ends_with(kCompressed);
  if (asset.gzip) name.remove_suffix(kCompressed.size());
  asset.media_type = media_type_of(name);
  asset.etag = "\"" + hex(hash128(content)) + "\"";
  asset.content = std::move(content);
  assets_[std::string(name)] = std::move(asset);
}

Result<Assets> Assets::read_folder(Fs& fs, const std::string& path) {
  Assets assets;
  const std::unique_ptr<Folder> folder = TRY(fs.open_folder(path, /*create=*/false));
  CHECK_OK(add_folder(*folder, "", assets));
  const Result<std::unique_ptr<Folder>> inner = folder->open_folder("assets");
  if (inner.ok()) CHECK_OK(add_folder(**inner, "assets/", assets));
  if (assets.find("index.html") == nullptr) {
    return Status(Code::invalid, "there is no index.html in " + path);
  }
  return assets;
}

const Asset* Assets::find(std::string_view name) const {
  const auto found = assets_.find(name);
  return found == assets_.end() ? nullptr : &found->second;
}

}  // namespace everturn::server
