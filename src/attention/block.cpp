#include "attention/block.h"

#include "attention/hstu_block.h"
#include "attention/transformer_block.h"

namespace attune {

template <class T>
std::unique_ptr<Block<T>> make_block(ParameterList& list, std::size_t number, const NetworkConfig& config) {
  const std::string name = "block" + std::to_string(number);
  if (config.block == BlockKind::kHstu) return std::make_unique<HstuBlock<T>>(list, name, number, config);
  return std::make_unique<TransformerBlock<T>>(list, name, number, config);
}

template std::unique_ptr<Block<float>> make_block(ParameterList&, std::size_t, const NetworkConfig&);
template std::unique_ptr<Block<double>> make_block(ParameterList&, std::size_t, const NetworkConfig&);

}  // namespace attune
