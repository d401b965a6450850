#pragma once

#include "apps/args.h"

namespace attune {

// Each in a file of its name. Returns the exit status; what goes wrong is thrown.
int sample_command(Args& args);
int import_command(Args& args);
int info_command(Args& args);
int attend_command(Args& args);
int train_command(Args& args);
int evaluate_command(Args& args);
int compare_command(Args& args);
int tune_command(Args& args);
int recommend_command(Args& args);
int similar_command(Args& args);

}  // namespace attune
