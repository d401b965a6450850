#include "apps/config_file.h"

#include <toml++/toml.h>

#include <string>
#include <vector>

#include "apps/spelling.h"
#include "base/error.h"
#include "storage/mapped_file.h"

namespace attune {
namespace {

// Sets the field of the key's name, if the config has it.
class SetField final : public FieldVisitor {
 public:
  SetField(std::string_view path, std::string_view key, const toml::node& node) : path_(path), key_(key), node_(node) {}

  bool found() const { return found_; }

  void visit(std::string_view name, bool& value, std::string_view) override { set(name, value, "true or false"); }
  void visit(std::string_view name, std::int64_t& value, std::string_view) override {
    set(name, value, "a whole number");
  }
  void visit(std::string_view name, std::string& value, std::string_view) override {
    set(name, value, "a text in quotes");
  }
  void visit(std::string_view name, double& value, std::string_view) override {
    if (name == key_ && node_.is_integer()) {
      value = static_cast<double>(node_.as_integer()->get());
      found_ = true;
      return;
    }
    set(name, value, "a number");
  }

 private:
  template <class T>
  void set(std::string_view name, T& value, const char* expected) {
    if (name != key_) return;
    const auto* typed = node_.as<T>();
    if (typed == nullptr) {
      throw Error(ErrorKind::kUsage, path_, ':', node_.source().begin.line, ": ", key_, " must be ", expected);
    }
    value = typed->get();
    found_ = true;
  }

  std::string_view path_;
  std::string_view key_;
  const toml::node& node_;
  bool found_ = false;
};

class ListFields final : public FieldVisitor {
 public:
  void visit(std::string_view name, bool&, std::string_view) override { names.emplace_back(name); }
  void visit(std::string_view name, std::int64_t&, std::string_view) override { names.emplace_back(name); }
  void visit(std::string_view name, double&, std::string_view) override { names.emplace_back(name); }
  void visit(std::string_view name, std::string&, std::string_view) override { names.emplace_back(name); }

  std::vector<std::string> names;
};

[[noreturn]] void refuse_key(const std::string& path, std::string_view key, const toml::node& node,
                             std::span<Config* const> configs) {
  ListFields fields;
  for (Config* config : configs) config->each_field(fields);
  const std::string near = nearest_name(key, fields.names);
  std::string known;
  for (const std::string& name : fields.names) known += (known.empty() ? "" : ", ") + name;
  throw Error(ErrorKind::kUsage, path, ':', node.source().begin.line, ": there is no setting '", key, "'",
              near.empty() ? ". Known are: " + known : "; did you mean '" + near + "'?");
}

toml::table parse(const std::string& path, const MappedFile& file) {
  const std::string_view text(reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size());
  try {
    return toml::parse(text, std::string_view(path));
  } catch (const toml::parse_error& error) {
    throw Error(ErrorKind::kBadInput, path, ':', error.source().begin.line, ": not TOML: ", error.description());
  }
}

}  // namespace

void read_config_file(const std::filesystem::path& path, std::span<Config* const> configs) {
  const std::string name = path.string();
  const MappedFile file = MappedFile::open(path);
  const toml::table table = parse(name, file);
  for (const auto& [key, node] : table) {
    bool found = false;
    for (Config* config : configs) {
      SetField field(name, key.str(), node);
      config->each_field(field);
      found = found || field.found();
    }
    if (!found) refuse_key(name, key.str(), node, configs);
  }
}

}  // namespace attune
