#!/usr/bin/env python3
"""Trains the same model on the same log here and in PyTorch, in turn, and prints both speeds and their ratios:
./dev bench training --torch. Flags that are not listed go to build/release/training_bench; those of the network's shape
to both."""

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


def ours(options, words, folder):
    return run([OURS, *words, *shape_words(options), "--threads", options.threads, "--seconds", options.seconds,
                "--export", folder])


def peer(options, measured, folder):
    """PyTorch's figures for what one of ours measured."""
    if measured["loss"] not in LOSSES:
        sys.exit(f"--torch compares the losses {' and '.join(LOSSES)}, not {measured['loss']}: choose one with --loss")
    words = ["--catalogue", measured["items"]] if "items" in measured else []
    return run([PEER, ROOT / "tools" / "bench_training_torch.py", "--items", folder / "items.npy", "--offsets",
                folder / "offsets.npy", "--loss", measured["loss"], "--products", options.peer_products, *words,
                *shape_words(options), "--threads", options.threads, "--seconds", options.seconds])


def row(loss, who, products, rates, share, ratio):
    print(f"| {loss} | {who} | {products} | {statistics.median(rates):,.0f} | {share} | {ratio} |", flush=True)


def table(rounds):
    """rounds: for each, pairs of one of ours and PyTorch's forms."""
    print("\n| loss | who | products of the loss | real tokens/s | share of peak | attune is faster by |")
    print("|---|---|---|---:|---:|---:|")
    for pairs in zip(*rounds):
        mine = [measured for measured, _ in pairs]
        rates = [measured["tokens_per_second"] for measured in mine]
        share = statistics.median(measured["share"] for measured in mine)
        row(mine[0]["loss"], "attune", mine[0]["products"], rates, f"{share:.2f}", "")
        for forms in zip(*(theirs for _, theirs in pairs)):
            others = [form["tokens_per_second"] for form in forms]
            ratio = statistics.median(a / b for a, b in zip(rates, others))
            name = f"PyTorch {forms[0]['torch']}, {forms[0]['form']}"
            row(mine[0]["loss"], name, forms[0]["products"], others, "", f"{ratio:.2f}")


def parsed(words):
    parser = argparse.ArgumentParser(prog="./dev bench training", description=__doc__)
    parser.add_argument("--torch", action="store_true", help="what ./dev looks for; this tool always compares")
    parser.add_argument("--rounds", type=int, default=1, help="times that both run in turn; medians are printed")
    parser.add_argument("--seconds", type=float, default=20.0, help="of each measurement")
    parser.add_argument("--threads", type=int, default=2, help="of both")
    parser.add_argument("--peer-products", choices=["float32", "bfloat16"], default="float32",
                        help="of cross-entropy in PyTorch's best form")
    for name, value in SHAPE.items():
        parser.add_argument(flag(name), type=int, default=value, help=f"of both (default: {value})")
    options, rest = parser.parse_known_args(words)
    if options.rounds < 1:
        parser.error("--rounds must be at least 1")
    return options, rest


def main(words=None):
    options, rest = parsed(words)
    rounds = []
    with tempfile.TemporaryDirectory() as path:
        folder = pathlib.Path(path)
        for _ in range(options.rounds):
            measured = ours(options, rest, folder)
            rounds.append([(mine, peer(options, mine, folder)) for mine in measured])
    table(rounds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
