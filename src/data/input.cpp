#include "data/input.h"

namespace attune {
namespace {

// "postgresql://user:secret@host/shop?password=secret" as "postgresql://host/shop".
std::string without_secrets(const std::string& address, std::size_t scheme_end) {
  const std::size_t query = address.find('?', scheme_end);
  const std::string plain = address.substr(0, query);
  const std::size_t at = plain.rfind('@');
  return at == std::string::npos || at < scheme_end ? plain : plain.substr(0, scheme_end) + plain.substr(at + 1);
}

}  // namespace

std::string Input::place() const {
  if (path == "-") return "standard input";
  const std::string text = path.string();
  const std::size_t scheme = text.find("://");
  return scheme == std::string::npos ? text : without_secrets(text, scheme + 3);
}

std::string Input::name() const {
  if (path == "-") return "standard input";
  return path.string().find("://") == std::string::npos ? path.filename().string() : place();
}

}  // namespace attune
