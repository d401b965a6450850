#include "apps/commands.h"
#include "apps/program.h"

namespace {

constexpr attune::Command kCommands[] = {
    {"sample", "writes a synthetic log and catalogue to try things with", attune::sample_command},
    {"import", "reads a log, a catalogue and a user table into a dataset", attune::import_command},
    {"info", "says what a dataset or a model file holds", attune::info_command},
    {"attend", "computes attention and predictions from features that are given", attune::attend_command},
    {"train", "fits a model to a dataset", attune::train_command},
    {"evaluate", "measures a model on what it was not trained on", attune::evaluate_command},
    {"compare", "fits several models to one split and says which is better, and how surely", attune::compare_command},
    {"tune", "searches the settings of a model on the validation part", attune::tune_command},
    {"recommend", "recommends items to users, with reasons", attune::recommend_command},
    {"similar", "finds the items nearest to an item", attune::similar_command},
};

}  // namespace

int main(int count, char** words) { return attune::run_program(kCommands, count, words); }
