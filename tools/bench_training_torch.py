#!/usr/bin/env python3
"""How fast PyTorch trains SASRec on a log, in real (not padded) tokens a second: the peer of ./dev bench training.

Two forms of the same model and loss, one JSON line each:

    as-written  as public repositories have it: histories padded to the maximum, nn.MultiheadAttention, 1 x 1
                convolutions as the feed-forward layer, a loss over the padded matrix.
    best        what PyTorch can be brought to: users of like length batched together and padded to the longest of
                them, fused attention, fused Adam, a loss over real tokens alone, cross-entropy by chunks whose logits
                stay in cache. It leaves out dropout on the attention weights, which PyTorch's fused attention does not
                have on a CPU; that favours it.

Each form runs in a process of its own with an allocator that keeps its memory. PyTorch's MKL runs at half speed on CPUs
of AMD; there the best form gets a library preloaded that says otherwise.

Runs in an environment that has what tools/requirements-bench-torch.txt pins; ./dev bench training --torch makes one.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

FORMS = ["as-written", "best"]
DROPOUT = 0.2
WARM_UP = 3  # steps that are not counted
ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_": str(1 << 25), "MALLOC_TRIM_THRESHOLD_": str(2_000_000_000),
             "MALLOC_TOP_PAD_": str(1 << 28)}
MKL_ANSWER = "int mkl_serv_intel_cpu_true(void) { return 1; }\n"


# ---- the log

class Log:
    """Histories as two arrays: items of all users, one after the other, and where each begins. Item 0 is padding."""

    def __init__(self, options):
        self.items = np.load(options.items).astype(np.int64).ravel() + 1
        self.offsets = np.load(options.offsets).astype(np.int64).ravel()
        if len(self.offsets) < 2 or self.offsets[0] != 0 or self.offsets[-1] != len(self.items):
            sys.exit(f"{options.offsets}: expected offsets from 0 to {len(self.items)}, the length of {options.items}")
        self.catalogue = options.catalogue or int(self.items.max())
        if self.items.max() > self.catalogue:
            largest = int(self.items.max()) - 1
            sys.exit(f"{options.items}: item {largest} is not below --catalogue {self.catalogue}")
        # Events that are read: all but the last, which is only predicted.
        self.lengths = np.minimum(np.diff(self.offsets) - 1, options.max_history)
        self.users = np.flatnonzero(self.lengths > 0)
        if len(self.users) == 0:
            sys.exit(f"{options.offsets}: no user has two events, so nothing can be predicted")

    def batches(self, size, rng):
        while True:
            order = rng.permutation(self.users)
            for first in range(0, len(order), size):
                yield order[first:first + size]

    def padded(self, users, width, side):
        """Items read and items that came next, [users, width], with padding on one side: left or right."""
        read, then = np.zeros((len(users), width), np.int64), np.zeros((len(users), width), np.int64)
        for row, user in enumerate(users):
            count = self.lengths[user]
            end = self.offsets[user + 1]
            place = slice(width - count, width) if side == "left" else slice(0, count)
            read[row, place] = self.items[end - count - 1:end - 1]
            then[row, place] = self.items[end - count:end]
        return torch.from_numpy(read), torch.from_numpy(then)


# ---- as public repositories write it

class WrittenFeedForward(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.layers = nn.Sequential(nn.Conv1d(width, width, 1), nn.Dropout(DROPOUT), nn.ReLU(),
                                    nn.Conv1d(width, width, 1), nn.Dropout(DROPOUT))

    def forward(self, x):
        return x + self.layers(x.transpose(1, 2)).transpose(1, 2)


class WrittenBlock(nn.Module):
    def __init__(self, options):
        super().__init__()
        width = options.width
        self.norm1, self.norm2 = nn.LayerNorm(width, eps=1e-8), nn.LayerNorm(width, eps=1e-8)
        self.attention = nn.MultiheadAttention(width, options.heads, DROPOUT)
        self.feed_forward = WrittenFeedForward(width)

    def forward(self, x, future):
        x = x.transpose(0, 1)
        query = self.norm1(x)
        mixed, _ = self.attention(query, x, x, attn_mask=future)
        return self.feed_forward(self.norm2((query + mixed).transpose(0, 1)))


class Written(nn.Module):
    def __init__(self, options, log):
        super().__init__()
        self.options, self.log = options, log
        self.items = nn.Embedding(log.catalogue + 1, options.width, padding_idx=0)
        self.positions = nn.Embedding(options.max_history, options.width)
        self.dropout = nn.Dropout(DROPOUT)
        self.blocks = nn.ModuleList(WrittenBlock(options) for _ in range(options.blocks))
        self.norm = nn.LayerNorm(options.width, eps=1e-8)

    def hidden(self, read):
        length = read.shape[1]
        x = self.items(read) * self.options.width ** 0.5 + self.positions(torch.arange(length))
        keep = (read != 0).unsqueeze(-1)
        x = self.dropout(x) * keep
        future = ~torch.tril(torch.ones(length, length, dtype=torch.bool))
        for block in self.blocks:
            x = block(x, future) * keep
        return self.norm(x)

    def loss(self, users, rng):
        read, then = self.log.padded(users, self.options.max_history, "left")
        hidden, real = self.hidden(read), then != 0
        if self.options.loss == "cross-entropy":
            logits = hidden @ self.items.weight.T
            return F.cross_entropy(logits.flatten(0, 1), then.flatten(), ignore_index=0), int(real.sum())
        drawn = torch.from_numpy(rng.integers(1, self.log.catalogue + 1, then.shape))
        positive = (hidden * self.items(then)).sum(-1)[real]
        negative = (hidden * self.items(drawn)).sum(-1)[real]
        return (F.binary_cross_entropy_with_logits(positive, torch.ones_like(positive))
                + F.binary_cross_entropy_with_logits(negative, torch.zeros_like(negative))), int(real.sum())


# ---- at its best

class BestBlock(nn.Module):
    def __init__(self, options):
        super().__init__()
        width = options.width
        self.heads = options.heads
        self.norm1, self.norm2 = nn.LayerNorm(width, eps=1e-8), nn.LayerNorm(width, eps=1e-8)
        self.query, self.key_value = nn.Linear(width, width), nn.Linear(width, 2 * width)
        self.output = nn.Linear(width, width)
        self.feed_forward = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Dropout(DROPOUT),
                                          nn.Linear(width, width), nn.Dropout(DROPOUT))

    def forward(self, x):
        # Padding lies after the real tokens, which the causal mask keeps from seeing it: no other mask is needed.
        def by_head(y):
            return y.unflatten(2, (self.heads, -1)).transpose(1, 2)

        first = self.norm1(x)
        key, value = self.key_value(x).chunk(2, dim=2)
        mixed = F.scaled_dot_product_attention(by_head(self.query(first)), by_head(key), by_head(value), is_causal=True)
        y = self.norm2(first + self.output(mixed.transpose(1, 2).flatten(2)))
        return y + self.feed_forward(y)


class ChunkedCrossEntropy(torch.autograd.Function):
    """The mean of log sum exp(h E) - h e_target, with its gradients made on the way forward, a chunk of tokens at a
    time, so that logits stay in cache. The maximum is not subtracted, which saves a pass over them; logits are small
    here, and a loss that is not finite stops the run. Row 0 of the table is padding and left out."""

    @staticmethod
    def forward(ctx, hidden, table, targets, chunk, products):
        tokens, items = len(hidden), table[1:]
        narrow_hidden, narrow_items = hidden.to(products), items.to(products)
        buffer = torch.empty(chunk, len(items), dtype=products)
        sums = torch.empty(tokens, 1)
        d_hidden, d_table = torch.empty_like(hidden), torch.zeros_like(table)
        for first in range(0, tokens, chunk):
            part = slice(first, min(first + chunk, tokens))
            powers = torch.mm(narrow_hidden[part], narrow_items.T, out=buffer[:part.stop - first]).exp_()
            sums[part] = powers.sum(1, keepdim=True, dtype=torch.float32)
            shares = hidden[part] / sums[part]
            if products is torch.float32:
                torch.mm(powers, items, out=d_hidden[part]).div_(sums[part])
                d_table[1:].addmm_(powers.T, shares)
            else:
                d_hidden[part] = torch.mm(powers, narrow_items).float().div_(sums[part])
                d_table[1:] += torch.mm(powers.T, shares.to(products))
        wanted = table[targets]
        loss = (sums.log().sum() - (hidden * wanted).sum()) / tokens
        d_table.index_add_(0, targets, hidden, alpha=-1)
        ctx.save_for_backward(d_hidden.sub_(wanted).div_(tokens), d_table.div_(tokens))
        return loss

    @staticmethod
    def backward(ctx, upstream):
        d_hidden, d_table = ctx.saved_tensors
        return d_hidden * upstream, d_table * upstream, None, None, None


class Best(nn.Module):
    def __init__(self, options, log):
        super().__init__()
        self.options, self.log = options, log
        self.items = nn.Embedding(log.catalogue + 1, options.width)
        self.positions = nn.Embedding(options.max_history, options.width)
        self.dropout = nn.Dropout(DROPOUT)
        self.blocks = nn.Sequential(*(BestBlock(options) for _ in range(options.blocks)))
        self.norm = nn.LayerNorm(options.width, eps=1e-8)

    def hidden_of_group(self, users):
        """Of a few users: the hidden vectors of real tokens, and the items that came next."""
        lengths = self.log.lengths[users]
        read, then = self.log.padded(users, int(lengths.max()), "right")
        first = torch.from_numpy(self.options.max_history - lengths)
        places = (first[:, None] + torch.arange(read.shape[1])).clamp_(max=self.options.max_history - 1)
        x = self.dropout(self.items(read) * self.options.width ** 0.5 + self.positions(places))
        real = then != 0
        return self.blocks(x)[real], then[real]

    def loss(self, users, rng):
        by_length = users[np.argsort(self.log.lengths[users], kind="stable")]
        groups = [group for group in np.array_split(by_length, self.options.groups) if len(group)]
        hidden, targets = (torch.cat(parts) for parts in zip(*map(self.hidden_of_group, groups)))
        hidden = self.norm(hidden)
        if self.options.loss == "cross-entropy":
            products = getattr(torch, self.options.products)
            loss = ChunkedCrossEntropy.apply(hidden, self.items.weight, targets, self.options.chunk, products)
            return loss, len(targets)
        drawn = torch.from_numpy(rng.integers(1, self.log.catalogue + 1, len(targets)))
        positive, negative = ((hidden * self.items(items)).sum(-1) for items in (targets, drawn))
        return F.softplus(-positive).mean() + F.softplus(negative).mean(), len(targets)


# ---- measuring

def measure(options):
    """Trains one form for so many seconds: what to print of it."""
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    rng = np.random.default_rng(options.seed)
    log = Log(options)
    model = (Written if options.form == "as-written" else Best)(options, log)
    for parameter in model.parameters():
        if parameter.dim() > 1:
            nn.init.xavier_normal_(parameter)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, betas=(0.9, 0.98), fused=options.form == "best")
    spent, rates = [], []
    for step, users in enumerate(log.batches(options.batch, rng)):
        start = time.perf_counter()
        loss, tokens = model.loss(users, rng)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        seconds = time.perf_counter() - start
        if not torch.isfinite(loss):
            sys.exit(f"{options.form}: the loss of step {step} is {loss.item()}; its speed means nothing")
        if step >= WARM_UP:
            spent.append(seconds)
            rates.append(tokens / seconds)
            if sum(spent) >= options.seconds:
                break
    return {"form": options.form, "loss": options.loss, "products": products_of(options),
            "tokens_per_second": round(float(np.median(rates)), 1), "steps": len(rates), "threads": options.threads,
            "last_loss": round(loss.item(), 4), "mkl_preload": "LD_PRELOAD" in os.environ, "torch": torch.__version__}


def products_of(options):
    """The type that the loss multiplies in."""
    return options.products if options.form == "best" and options.loss == "cross-entropy" else "float32"


def made_by_amd():
    info = pathlib.Path("/proc/cpuinfo")
    return info.exists() and "AuthenticAMD" in info.read_text(encoding="utf-8", errors="replace")


def mkl_answer(folder):
    """A library for LD_PRELOAD with which MKL takes its fast path on CPUs of AMD too; None elsewhere."""
    if not made_by_amd():
        return None
    source, library = pathlib.Path(folder, "answer.c"), pathlib.Path(folder, "answer.so")
    source.write_text(MKL_ANSWER, encoding="utf-8")
    command = [os.environ.get("CC", "gcc"), "-shared", "-fPIC", "-o", str(library), str(source)]
    try:
        subprocess.run(command, check=True)
    except (OSError, subprocess.CalledProcessError) as problem:
        sys.exit(f"cannot compile what lets MKL run at full speed on this CPU: {problem}. Name a C compiler in $CC.")
    return library


def run_form(form, words, preload):
    """A form in a process of its own; returns its exit status."""
    environment = {key: value for key, value in os.environ.items() if key != "LD_PRELOAD"} | ALLOCATOR
    if preload and form == "best":
        environment["LD_PRELOAD"] = str(preload)
    command = [sys.executable, __file__, *words, "--form", form, "--in-this-process"]
    return subprocess.run(command, env=environment).returncode


def parsed(words):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--items", required=True, help="npy: items of all users, from 0, oldest first, user after user")
    add("--offsets", required=True, help="npy: where each user's begin, and where the last one's end")
    add("--catalogue", type=int, default=0, help="number of items; 0: one more than the largest")
    add("--loss", choices=["bce", "cross-entropy"], default="bce", help="bce has one uniform negative")
    add("--products", choices=["float32", "bfloat16"], default="float32", help="of cross-entropy in the best form")
    add("--form", choices=[*FORMS, "both"], default="both")
    for name, value, text in [("width", 64, "D"), ("blocks", 2, "layers"), ("heads", 1, "attention heads"),
                              ("max-history", 200, "newest events of a history"), ("batch", 128, "users a step"),
                              ("groups", 8, "best: groups of like length in a batch"),
                              ("chunk", 1024, "best: tokens whose logits are made at a time"),
                              ("threads", 2, "for PyTorch"), ("seed", 1, "of weights, order and negatives")]:
        add(f"--{name}", type=int, default=value, help=f"{text} (default: {value})")
    add("--seconds", type=float, default=20.0, help="of training for each form, warm-up apart (default: 20)")
    add("--in-this-process", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(words)
    for name in ["width", "blocks", "heads", "max_history", "batch", "groups", "chunk", "threads"]:
        if getattr(options, name) < 1:
            parser.error(f"--{name.replace('_', '-')} must be at least 1")
    if options.width % options.heads:
        parser.error(f"--heads {options.heads} does not divide --width {options.width}")
    return options


def main(words=None):
    words = sys.argv[1:] if words is None else words
    options = parsed(words)
    if options.in_this_process:
        print(json.dumps(measure(options)), flush=True)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        preload = mkl_answer(folder)
        for form in FORMS if options.form == "both" else [options.form]:
            status = run_form(form, words, preload)
            if status:
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
