#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "data/dataset.h"

namespace attune {

// One of the Arrow files beside a manifest.
struct StoredFile {
  std::string name;
  std::uint64_t bytes = 0;
  std::string xxh128;
};

// manifest.json with what only the reader of the folder needs.
struct StoredManifest {
  Manifest manifest;
  std::vector<StoredFile> files;
};

// XXH128 over the hexadecimal hashes of the files, one behind the other in the order given.
std::string dataset_fingerprint(const std::vector<StoredFile>& files);

std::string encode_manifest(const StoredManifest&);

// Throws Error(kCorrupt) naming `where` and the key that is missing or of the wrong type, Error(kBadInput) when the
// text is of a later schema version or no manifest of attune at all.
StoredManifest decode_manifest(std::string_view text, const std::string& where);

}  // namespace attune
