#!/usr/bin/env python3
"""How fast sequence attention trains: ./dev bench training. Without --loss, the works of the list below on generated
logs; otherwise the one that --loss, --products, and --shape, --dataset or --items name. With --torch, PyTorch trains
the same model on the same log in turn, and ratios are printed. Flags that are not listed go to
build/release/training_bench."""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
OURS = ROOT / "build" / "release" / "training_bench"
PEER = ROOT / "build" / "bench-torch" / "bin" / "python"
LOSSES = ["bce", "cross-entropy"]
SHAPE = {"width": 64, "blocks": 2, "heads": 1, "max_history": 200, "batch": 128}


def flag(name):
    return "--" + name.replace("_", "-")


def run(command):
    """Shows what a program prints that is no JSON; returns the JSON lines."""
    found = []
    with subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            if line.startswith("{"):
                found.append(json.loads(line))
            else:
                print(line, end="", flush=True)
    if process.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: exit {process.returncode}")
    if not found:
        sys.exit(f"{command[0]}: printed no line of JSON")
    return found


def shape_words(options):
    return [word for name in SHAPE for word in (flag(name), getattr(options, name))]


# What is measured when nothing is named: the log, the loss, the products of ours and of the peer's loss.
WORKS = [
    (["--shape", "ml-1m"], "bce", "fp32", "float32"),
    (["--shape", "ml-1m"], "bce", "bf16", "float32"),
    (["--shape", "ml-1m"], "cross-entropy", "fp32", "float32"),
    (["--shape", "ml-1m"], "cross-entropy", "bf16-loss", "bfloat16"),
    (["--shape", "ml-1m"], "cross-entropy", "bf16", "bfloat16"),
    (["--shape", "beauty"], "cross-entropy", "fp32", "float32"),
    (["--shape", "beauty"], "cross-entropy", "bf16-loss", "bfloat16"),
    (["--items", "10000"], "sampled-softmax", "bf16", None),
    (["--items", "100000"], "sampled-softmax", "bf16", None),
    (["--items", "1000000"], "sampled-softmax", "bf16", None),
]


def ours(options, words, folder):
    export = ["--export", folder] if options.torch else []
    return run([OURS, *words, *shape_words(options), "--threads", options.threads, "--seconds", options.seconds,
                *export])[0]


def peer(options, loss, products, items, folder):
    """PyTorch's figures, as written and at its best, on the log that ours has exported."""
    return run([PEER, ROOT / "tools" / "bench_training_torch.py", "--items", folder / "items.npy", "--offsets",
                folder / "offsets.npy", "--loss", loss, "--products", products, "--catalogue", items,
                *shape_words(options), "--threads", options.threads, "--seconds", options.seconds])


def measured_once(options, works, folder):
    """For each work, one of ours and PyTorch's forms; a peer that has just run on the same log is not run again."""
    found, known = [], {}
    for words, loss, products, peer_products in works:
        mine = ours(options, [*words, "--loss", loss, "--products", products], folder)
        theirs = []
        if options.torch and peer_products and loss in LOSSES:
            key = (tuple(words), loss, peer_products)
            if key not in known:
                known[key] = peer(options, loss, peer_products, mine["items"], folder)
            theirs = known[key]
        found.append((mine, theirs))
    return found


def row(words, loss, who, products, rates, share, memory, ratio):
    name = " ".join(words)
    print(f"| {name} | {loss} | {who} | {products} | {statistics.median(rates):,.0f} | {share} | {memory} | {ratio} |",
          flush=True)


def table(works, rounds):
    """rounds: for each, what measured_once returns."""
    print("\n| log | loss | who | products | real tokens/s | share of fp32 peak | peak MB | attune is faster by |")
    print("|---|---|---|---|---:|---:|---:|---:|")
    for (words, *_), *pairs in zip(works, *rounds):
        mine = [measured for measured, _ in pairs]
        rates = [measured["tokens_per_second"] for measured in mine]
        share = statistics.median(measured["share"] for measured in mine)
        memory = max(measured["peak_mb"] for measured in mine)
        row(words, mine[0]["loss"], "attune", mine[0]["products"], rates, f"{share:.2f}", f"{memory:.0f}", "")
        for forms in zip(*(theirs for _, theirs in pairs)):
            others = [form["tokens_per_second"] for form in forms]
            ratio = statistics.median(a / b for a, b in zip(rates, others))
            name = f"PyTorch {forms[0]['torch']}, {forms[0]['form']}"
            row(words, mine[0]["loss"], name, forms[0]["products"], others, "", "", f"{ratio:.2f}")


def parsed(words):
    parser = argparse.ArgumentParser(prog="./dev bench training", description=__doc__)
    parser.add_argument("--torch", action="store_true", help="PyTorch beside (some 5 GB, fetched once)")
    parser.add_argument("--rounds", type=int, default=1, help="times that all run in turn; medians are printed")
    parser.add_argument("--seconds", type=float, default=10.0, help="of each measurement")
    parser.add_argument("--threads", type=int, default=2, help="of both")
    parser.add_argument("--preset", default="sasrec", help="of ours; PyTorch's is SASRec")
    parser.add_argument("--loss", help="one work alone")
    parser.add_argument("--products", default="fp32", help="with --loss: fp32, bf16 or bf16-loss")
    parser.add_argument("--peer-products", choices=["float32", "bfloat16"], default="float32",
                        help="with --loss: of cross-entropy in PyTorch's best form")
    for name, value in SHAPE.items():
        parser.add_argument(flag(name), type=int, default=value, help=f"of both (default: {value})")
    options, rest = parser.parse_known_args(words)
    if options.rounds < 1:
        parser.error("--rounds must be at least 1")
    if options.torch and options.loss and options.loss not in LOSSES:
        parser.error(f"--torch compares the losses {' and '.join(LOSSES)}, not {options.loss}")
    return options, rest


def main(words=None):
    options, rest = parsed(words)
    works = [(rest, options.loss, options.products, options.peer_products)] if options.loss else WORKS
    if rest and not options.loss:
        sys.exit(f"{' '.join(rest)}: name the work with --loss too")
    works = [(["--preset", options.preset, *words], *more) for words, *more in works]
    with tempfile.TemporaryDirectory() as path:
        rounds = [measured_once(options, works, pathlib.Path(path)) for _ in range(options.rounds)]
    table(works, rounds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
