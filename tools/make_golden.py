#!/usr/bin/env python3
"""Makes the golden tensors in tests/golden: what PyTorch computes in double for each layer of sequence attention, with
the gradients of autograd. src/training/golden_test.cpp holds our layers against them.

To be run by hand, and only when the definition of a layer changes, in an environment that has what
tools/requirements-bench-torch.txt pins (`./dev bench training --torch` makes one):

    build/bench-torch/bin/python tools/make_golden.py            writes tests/golden/*.safetensors
    build/bench-torch/bin/python tools/make_golden.py --check    says whether the files hold what PyTorch computes now

A file has the tensors input.*, weight.* (named as the parameters of the C++ layer), output, upstream (the gradient of
the output; with a loss, the loss instead) and gradient.* for inputs and weights; its metadata has the shape of the
network, the seed and PyTorch's version.
"""

import argparse
import itertools
import math
import pathlib
import sys

import torch
import torch.nn.functional as F
from safetensors import safe_open
from safetensors.torch import save_file

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "tests" / "golden"
EPSILON = 1e-8  # of norms
TIME_BUCKETS, TIME_STEP = 128, 0.301
ITEMS = 9
# Widths are no multiple of a vector register, so that tails are met too.
SHAPE = {"width": 10, "heads": 2, "blocks": 2, "max_history": 6, "inner": 14, "embedding_scale": 1.5, "block": "sasrec",
         "feed_forward": "relu", "norm": "layer", "positions": True, "position_bias": False, "time_bias": False}
LENGTHS = [5, 1, 3]


class Case:
    """A layer's inputs and weights, drawn when they are first asked for, and what it makes of them."""

    def __init__(self, seed, lengths=LENGTHS, **shape):
        self.shape = SHAPE | shape
        self.seed = seed
        self.generator = torch.Generator().manual_seed(seed)
        self.offsets = [0, *itertools.accumulate(lengths)]
        self.tensors = {"input.offsets": torch.tensor(self.offsets)}  # those without a gradient
        self.leaves = {}
        self.draw_events(lengths)

    def __getattr__(self, name):
        try:
            return self.shape[name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def tokens(self):
        return self.offsets[-1]

    def normal(self, *size):
        """Values that float32 holds exactly, in double: float and double layers then read the same."""
        return torch.randn(*size, generator=self.generator, dtype=torch.float32).double()

    def leaf(self, name, *size, scale=1.0, around=0.0):
        if name not in self.leaves:
            values = (self.normal(*size) * scale + around).float().double()
            self.leaves[name] = values.requires_grad_()
        return self.leaves[name]

    def weight(self, name, *size, around=0.0):
        return self.leaf(f"weight.{name}", *size, scale=0.5, around=around)

    def draw_events(self, lengths):
        """Items, positions (the last event has the last) and instants of events, the gaps from seconds to weeks."""
        def below(end):
            return torch.randint(end, (self.tokens,), generator=self.generator)

        gaps = torch.exp(14 * torch.rand(self.tokens, generator=self.generator, dtype=torch.float64))
        after = 1e9 + torch.cumsum(gaps, 0)
        positions = [torch.arange(self.max_history - length, self.max_history) for length in lengths]
        self.tensors |= {"input.items": below(ITEMS), "input.targets": below(ITEMS),
                         "input.positions": torch.cat(positions),
                         "input.times": after - gaps, "input.query_times": after}

    def sequences(self):
        return itertools.pairwise(self.offsets)

    def finish(self, output, loss=None):
        """All tensors of the file. Without a loss, output times a drawn upstream gradient is differentiated."""
        if loss is None:
            upstream = self.normal(*output.shape)
            self.tensors["upstream"] = upstream
            loss = (output * upstream).sum()
        else:
            self.tensors["loss"] = loss.detach().reshape(1)
        names = list(self.leaves)
        gradients = torch.autograd.grad(loss, [self.leaves[name] for name in names])
        found = dict(self.tensors) | {"output": output.detach()}
        for name, gradient in zip(names, gradients):
            found[name] = self.leaves[name].detach()
            found[f"gradient.{name}"] = gradient
        return {name: tensor.contiguous() for name, tensor in found.items()}


# ---- layers

def norm(case, x, name):
    width = x.shape[-1]
    gain = case.weight(f"{name}.gain", width, around=1.0)
    if case.norm == "rms":
        return F.rms_norm(x, (width,), gain, EPSILON)
    return F.layer_norm(x, (width,), gain, case.weight(f"{name}.shift", width), EPSILON)


def linear(case, x, name, out):
    return F.linear(x, case.weight(f"{name}.weight", out, x.shape[-1]), case.weight(f"{name}.bias", out))


def feed_forward(case, x, name):
    if case.feed_forward == "swiglu":
        hidden = F.silu(linear(case, x, f"{name}.gate", case.inner)) * linear(case, x, f"{name}.first", case.inner)
    elif case.feed_forward == "gelu":
        hidden = F.gelu(linear(case, x, f"{name}.first", case.inner), approximate="tanh")
    else:
        hidden = F.relu(linear(case, x, f"{name}.first", case.inner))
    return linear(case, hidden, f"{name}.second", case.width)


def relative_bias(case, begin, end, name):
    """[L, L] of one sequence; what lies above the diagonal has no meaning."""
    bias = torch.zeros(end - begin, end - begin, dtype=torch.float64)
    if case.position_bias:
        steps = torch.arange(end - begin)
        distance = (steps[:, None] - steps[None, :]).clamp(0, case.max_history - 1)
        bias = bias + case.weight(f"{name}.bias.position", case.max_history)[distance]
    if case.time_bias:
        asked, seen = case.tensors["input.query_times"][begin:end], case.tensors["input.times"][begin:end]
        seconds = (asked[:, None] - seen[None, :]).abs().clamp(min=1)
        bucket = (seconds.log() / TIME_STEP).long().clamp(max=TIME_BUCKETS - 1)
        bias = bias + case.weight(f"{name}.bias.time", TIME_BUCKETS)[bucket]
    return bias


def attention(case, query, key, value, name):
    """Causal, sequence by sequence, between the projections."""
    mixed = []
    for begin, end in case.sequences():
        q, k, v = (x[begin:end].unflatten(1, (case.heads, -1)).transpose(0, 1) for x in (query, key, value))
        bias = relative_bias(case, begin, end, name)
        future = torch.ones(bias.shape, dtype=torch.bool).triu(1)
        if case.block == "hstu":
            weights = F.silu(q @ k.transpose(1, 2) + bias) / case.max_history
            heads = weights.masked_fill(future, 0) @ v
        else:
            heads = F.scaled_dot_product_attention(q, k, v, attn_mask=bias.masked_fill(future, -math.inf))
        mixed.append(heads.transpose(0, 1).flatten(1))
    return torch.cat(mixed)


# ---- blocks

def sasrec_block(case, x, name):
    """As published (Kang and McAuley, 2018), with PyTorch's own multi-head attention, projections included."""
    width = case.width
    first = norm(case, x, f"{name}.norm1")
    projections = [case.weight(f"{name}.query.weight", width, width),
                   case.weight(f"{name}.key_value.weight", 2 * width, width)]
    biases = [case.weight(f"{name}.query.bias", width), case.weight(f"{name}.key_value.bias", 2 * width)]
    output = case.weight(f"{name}.output.weight", width, width), case.weight(f"{name}.output.bias", width)
    mixed = []
    for begin, end in case.sequences():
        future = torch.ones(end - begin, end - begin, dtype=torch.bool).triu(1)
        found, _ = F.multi_head_attention_forward(
            first[begin:end], x[begin:end], x[begin:end], width, case.heads, torch.cat(projections), torch.cat(biases),
            None, None, False, 0.0, *output, attn_mask=future, need_weights=False)
        mixed.append(found)
    y = norm(case, first + torch.cat(mixed), f"{name}.norm2")
    return y + feed_forward(case, y, f"{name}.feed_forward")


def pre_norm_block(case, x, name):
    """x + f(norm x), or with gates (LiGR) x + sigmoid(W x) * f(norm x)."""
    def added(x, value, gate):
        if case.block == "gated":
            value = torch.sigmoid(linear(case, x, f"{name}.{gate}", case.width)) * value
        return x + value

    read = norm(case, x, f"{name}.norm1")
    query = linear(case, read, f"{name}.query", case.width)
    key, value = linear(case, read, f"{name}.key_value", 2 * case.width).chunk(2, dim=1)
    mixed = linear(case, attention(case, query, key, value, name), f"{name}.output", case.width)
    middle = added(x, mixed, "gate1")
    inner = feed_forward(case, norm(case, middle, f"{name}.norm2"), f"{name}.feed_forward")
    return added(middle, inner, "gate2")


def hstu_block(case, x, name):
    read = norm(case, x, f"{name}.norm1")
    gate, value, query, key = F.silu(linear(case, read, f"{name}.projections", 4 * case.width)).chunk(4, dim=1)
    mixed = norm(case, attention(case, query, key, value, name), f"{name}.norm2")
    return x + linear(case, gate * mixed, f"{name}.output", case.width)


def block(case, x, name):
    forms = {"sasrec": sasrec_block, "pre_norm": pre_norm_block, "gated": pre_norm_block, "hstu": hstu_block}
    return forms[case.block](case, x, name)


# ---- cases

def of_one_input(layer):
    """A file of a layer that reads x [T, D]."""
    def made(case):
        return case.finish(layer(case, case.leaf("input.x", case.tokens, case.width)))
    return made


def of_attention(case):
    query, key, value = (case.leaf(f"input.{name}", case.tokens, case.width) for name in ("query", "key", "value"))
    return case.finish(attention(case, query, key, value, "layer"))


def of_network(case):
    """Item vectors (and positions), blocks, a norm, and the cross-entropy of logits with the same item vectors."""
    table = case.leaf("input.table", ITEMS, case.width)
    x = case.embedding_scale * F.embedding(case.tensors["input.items"], table)
    if case.positions:
        positions = case.weight("positions", case.max_history, case.width)
        x = x + F.embedding(case.tensors["input.positions"], positions)
    for number in range(case.blocks):
        x = block(case, x, f"block{number}")
    hidden = norm(case, x, "norm")
    return case.finish(hidden, F.cross_entropy(hidden @ table.T, case.tensors["input.targets"]))


def of_cross_entropy(case):
    hidden = case.leaf("input.hidden", case.tokens, case.width)
    table = case.leaf("input.table", ITEMS, case.width)
    logits = hidden @ table.T / case.temperature
    return case.finish(logits, F.cross_entropy(logits, case.tensors["input.targets"],
                                               label_smoothing=case.label_smoothing))


def files():
    """Pairs (name of a file, its case, what makes its tensors)."""
    norm_layer = of_one_input(lambda case, x: norm(case, x, "layer"))
    linear_layer = of_one_input(lambda case, x: linear(case, x, "layer", case.inner))
    feed_forward_layer = of_one_input(lambda case, x: feed_forward(case, x, "layer"))
    one_block = of_one_input(lambda case, x: block(case, x, "block0"))
    biases = {"position_bias": True, "time_bias": True}
    gated = {"block": "gated", "feed_forward": "swiglu", "norm": "rms"}
    hstu = {"block": "hstu", "positions": False, **biases}
    return [
        ("layer_norm", Case(1), norm_layer),
        ("rms_norm", Case(2, norm="rms"), norm_layer),
        ("linear", Case(3), linear_layer),
        ("feed_forward_relu", Case(4), feed_forward_layer),
        ("feed_forward_gelu", Case(5, feed_forward="gelu"), feed_forward_layer),
        ("feed_forward_swiglu", Case(6, feed_forward="swiglu"), feed_forward_layer),
        ("attention_softmax", Case(7), of_attention),
        ("attention_softmax_bias", Case(8, block="pre_norm", **biases), of_attention),
        ("attention_silu_bias", Case(9, **hstu), of_attention),
        ("block_sasrec", Case(10), one_block),
        ("block_pre_norm", Case(11, block="pre_norm", feed_forward="gelu"), one_block),
        ("block_gated", Case(12, **gated), one_block),
        ("block_hstu", Case(13, **hstu), one_block),
        ("network_sasrec", Case(14, lengths=[6, 3]), of_network),
        ("network_gated", Case(15, lengths=[6, 3], **gated), of_network),
        ("network_hstu", Case(16, lengths=[6, 3], **hstu), of_network),
        ("cross_entropy", Case(17, label_smoothing=0.0, temperature=1.0), of_cross_entropy),
        ("cross_entropy_smoothed", Case(18, label_smoothing=0.1, temperature=0.7), of_cross_entropy),
    ]


# ---- the door

def difference(path, tensors):
    """What a file says otherwise than these tensors, or None."""
    if not path.exists():
        return "is missing"
    with safe_open(path, framework="pt") as file:
        if set(file.keys()) != set(tensors):
            return f"has other tensors: {sorted(set(file.keys()) ^ set(tensors))}"
        for name, expected in tensors.items():
            found = file.get_tensor(name)
            if found.shape != expected.shape or not torch.allclose(found, expected, rtol=1e-12, atol=1e-13):
                return f"has another {name}"
    return None


def main(words=None):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file differs")
    parser.add_argument("--out", type=pathlib.Path, default=FOLDER)
    options = parser.parse_args(words)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    failures = 0
    for name, case, make in files():
        path = options.out / f"{name}.safetensors"
        tensors = make(case)
        if options.check:
            problem = difference(path, tensors)
            failures += problem is not None
            print(f"{path.name}: {problem or 'agrees'}")
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        metadata = {key: str(value).lower() for key, value in case.shape.items()}
        save_file(tensors, path, metadata | {"seed": str(case.seed), "torch": torch.__version__})
        print(f"{path.name}: {len(tensors)} tensors, {path.stat().st_size} bytes")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
