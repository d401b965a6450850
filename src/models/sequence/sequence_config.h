#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "attention/network_config.h"
#include "base/search_range.h"
#include "training/learner.h"

namespace attune {

// Sequence attention: causal multi-head self-attention over the history, learned. A preset says what the parts are,
// each setting that is given says otherwise, and what is still open ("auto", or -1 for a number) is chosen for the log
// (sequence_defaults.h). After a fit nothing is open.
struct SequenceConfig {
  std::string preset = "auto";  // sasrec | esasrec | hstu
  std::int64_t max_history = -1;
  std::int64_t width = 64;
  std::int64_t heads = -1;
  std::int64_t blocks = 2;
  std::string feed_forward = "auto";  // relu | gelu | swiglu
  std::int64_t inner = -1;
  std::string norm = "auto";           // layer | rms
  std::string positions = "auto";      // yes | no
  std::string position_bias = "auto";  // yes | no
  std::string time_bias = "auto";      // yes | no
  std::string query_time = "ignored";  // ignored | known
  double dropout = -1;
  std::string loss = "auto";  // cross-entropy | sampled-softmax | bce | gbce | sce
  std::int64_t negatives = -1;
  double negative_power = -1;
  std::string draw = "catalogue";  // catalogue | batch
  std::string log_q = "auto";      // yes | no
  double calibration = 0.75;
  double label_smoothing = 0;
  std::string logits = "dot";  // dot | cosine
  double temperature = -1;
  std::string products = "auto";  // fp32 | bf16 | bf16-loss
  double learning_rate = -1;
  double final_rate = -1;
  std::int64_t warmup_steps = -1;
  double weight_decay = 0;
  double beta2 = 0.98;
  double clip = 0;
  double average = -1;
  std::int64_t batch = -1;
  std::int64_t epochs = -1;
  std::int64_t patience = -1;
  std::int64_t evaluate_every = -1;
  std::int64_t stride = -1;
  std::int64_t horizon = -1;

  template <class Self, class Visit>
  static void each_field(Self& self, Visit&& visit) {
    visit("preset", self.preset,
          "sasrec (as published), esasrec (gated layers, sampled softmax) or hstu (time-aware); auto: sasrec's layers "
          "with "
          "what does best on validation parts");
    visit("max_history", self.max_history, "newest events of a history that the model reads; -1: by the log");
    visit("width", self.width, "width of item vectors and of the network");
    visit("heads", self.heads, "attention heads; must divide width; -1: the preset's");
    visit("blocks", self.blocks, "layers of attention");
    visit("feed_forward", self.feed_forward, "relu, gelu or swiglu; auto: the preset's");
    visit("inner", self.inner, "width inside the feed-forward layers; -1: the preset's");
    visit("norm", self.norm, "layer or rms; auto: the preset's");
    visit("positions", self.positions, "a learned vector for each position: yes or no; auto: the preset's");
    visit("position_bias", self.position_bias, "attention knows the distance in events: yes or no; auto: the preset's");
    visit("time_bias", self.time_bias, "attention knows the distance in time: yes or no; auto: the preset's");
    visit("query_time", self.query_time,
          "ignored, or known: the time of the event to be predicted is used, and must be known when one asks");
    visit("dropout", self.dropout, "share of activations dropped in training; -1: by the log");
    visit("loss", self.loss, "cross-entropy (whole catalogue), sampled-softmax, bce, gbce or sce; auto: the preset's");
    visit("negatives", self.negatives,
          "items drawn for each token (bce, gbce) or chunk (sampled-softmax), or met in a bucket (sce); -1: the "
          "preset's");
    visit("negative_power", self.negative_power,
          "they are drawn by their training events to this power; -1: 0, or 1 with draw batch");
    visit("draw", self.draw,
          "sampled-softmax: negatives come from the catalogue, or are the batch's own targets: batch");
    visit("log_q", self.log_q, "sampled-softmax: negatives count by how rarely they are drawn: yes or no; auto: yes");
    visit("calibration", self.calibration, "gbce: t, from 0 (as bce) to 1 (calibrated)");
    visit("label_smoothing", self.label_smoothing, "cross-entropy: share of the target that the catalogue gets");
    visit("logits", self.logits, "dot: products of hidden and item vectors; or cosine, divided by the temperature");
    visit("temperature", self.temperature, "logits are divided by it; -1: 1, or 0.05 with cosine");
    visit("products", self.products,
          "in training: fp32, bf16 with sums in fp32, or bf16-loss, the loss alone; auto: by the CPU");
    visit("learning_rate", self.learning_rate, "of Adam, after warm-up; -1: by the preset and the batch");
    visit("final_rate", self.final_rate, "share of the learning rate left at the end of its cosine; -1: the preset's");
    visit("warmup_steps", self.warmup_steps, "steps in which the learning rate rises; -1: the preset's");
    visit("weight_decay", self.weight_decay, "of the network's matrices, decoupled (AdamW)");
    visit("beta2", self.beta2, "of Adam");
    visit("clip", self.clip, "largest norm of a gradient; 0: any");
    visit("average", self.average, "decay of the moving average of the weights that is kept; 0: none; -1: by the log");
    visit("batch", self.batch, "histories in a step; -1: by the log");
    visit("epochs", self.epochs, "times that training sees each history; -1: by the log");
    visit("patience", self.patience, "looks at the validation part without a better one before training ends; -1: 10");
    visit(
        "evaluate_every", self.evaluate_every,
        "epochs from one look at the validation part to the next, before which it is looked at after 1, 2, 4 …; -1: a "
        "thirtieth of all");
    visit("stride", self.stride,
          "0: the newest part of a long history trains; otherwise windows begin every so many events; -1: max_history, "
          "and 0 for sasrec as published");
    visit("horizon", self.horizon,
          "what is learned to follow an event is drawn from so many after it; 1: the next; -1: as many as the "
          "validation part has of a user");
  }
  static std::vector<SearchRange> search_ranges();
  void validate() const;  // throws Error(kUsage) naming the field, its value and the rule

  bool settled() const;  // nothing is open
  // Of a config in which nothing is open:
  NetworkConfig network() const;
  WindowCut windows() const;
  TrainerConfig trainer(std::uint64_t seed) const;
  TimeUse time_use() const;
};

}  // namespace attune
