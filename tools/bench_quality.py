#!/usr/bin/env python3
"""Trains models on public logs and prints a Markdown table of how well they rank: ./dev bench quality."""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import public_logs

MODELS = ["popularity", "similarity"]
METRICS = ["ndcg@10", "hit_rate@10"]


def attune(*words):
    """What the program prints with --json."""
    command = [os.environ["ATTUNE_BINARY"], *map(str, words), "--json", "--quiet"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit {done.returncode}")
    return json.loads(done.stdout)


def measure(dataset, folder, split, model, options):
    """A row of figures: users measured, the metrics, seconds of the fit and of the evaluation."""
    file = folder / "model"
    trained = attune("train", dataset, "--model", model, "--split", split, "--seed", options.seed, "--out", file)
    found = attune("evaluate", file, dataset, "--part", options.part)
    scores = [found["metrics"][metric] for metric in METRICS]
    return found["protocol"]["users"], scores, trained["seconds"], found["seconds"]


def rows(data, options):
    """Lines of the table, each as soon as it is known."""
    for name in options.sets or public_logs.IMPORTS:
        with tempfile.TemporaryDirectory() as path:
            folder = pathlib.Path(path)
            dataset = folder / "dataset"
            attune("import", *public_logs.import_words(name, data), "--out", dataset)
            for split in ["leave-one-out"] + (["time"] if name in public_logs.HAS_TIMES else []):
                for model in options.models:
                    users, scores, fit, evaluation = measure(dataset, folder, split, model, options)
                    cells = [name, split, model, f"{users:,}", *(f"{score:.4f}" for score in scores)]
                    yield cells + [f"{fit:.2f}", f"{evaluation:.2f}"]


def parsed(words):
    parser = argparse.ArgumentParser(prog="./dev bench quality", description=__doc__)
    parser.add_argument("--part", choices=["valid", "test"], default="test")
    parser.add_argument("--models", type=lambda text: text.split(","), default=MODELS, help="separated by commas")
    parser.add_argument("--sets", action="append", choices=list(public_logs.IMPORTS), help="may be repeated")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=pathlib.Path, help="write the table to this file as well")
    parser.add_argument("--machine", default="unknown machine", help=argparse.SUPPRESS)
    parser.add_argument("--commit", default="unknown commit", help=argparse.SUPPRESS)
    return parser.parse_args(words)


def main(words=None):
    options = parsed(words)
    data = pathlib.Path(os.environ["ATTUNE_DATA"]).resolve() if os.environ.get("ATTUNE_DATA") else None
    missing = public_logs.missing(data)
    if missing:
        sys.exit(f"$ATTUNE_DATA must name a folder of public logs; missing in it: {', '.join(missing)}")
    lines = []

    def say(line):
        print(line, flush=True)
        lines.append(line)

    say(f"Full ranking, seen items excluded, {options.part} part.")
    say(f"Seed {options.seed}; {options.machine}; commit {options.commit}.\n")
    header = ["set", "split", "model", "users", "NDCG@10", "HR@10", "fit, s", "evaluation, s"]
    say("| " + " | ".join(header) + " |")
    say("|---|---|---|" + "---:|" * (len(header) - 3))
    for cells in rows(data, options):
        say("| " + " | ".join(cells) + " |")
    if options.out:
        options.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
