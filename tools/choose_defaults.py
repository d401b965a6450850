#!/usr/bin/env python3
"""Chooses defaults of the classical models on public logs, by validation alone: ./dev bench defaults.

A search along one setting after the other: each value in turn is measured by `attune tune` on every log, and the one
that is best in the geometric mean of NDCG@10 stays. The test part is never looked at. Measurements are kept in a
folder: a search that was stopped goes on where it was, and --show prints what is there without measuring."""

import argparse
import json
import math
import os
import pathlib
import subprocess
import sys

import public_logs

ROOT = pathlib.Path(__file__).resolve().parent.parent
SETS = ["ml-1m, order of the papers", "ml-100k", "ml-latest-small", "amazon-beauty"]

# model -> (setting, values) in the order of the search. It starts from START, which was the default before the search.
AXES = {
    "recent-popularity": [("half_life", [3, 10, 30, 100, 300]), ("half_life_events", [1, 3, 10, 30, 100])],
    "item-knn": [
        ("similarity", ["cosine", "jaccard", "tf-idf", "bm25"]),
        ("neighbors", [20, 50, 100, 200, 500]),
        ("shrinkage", [0, 5, 20, 100]),
    ],
    "content": [("half_life", [0, 0.5, 1, 2, 3, 10]), ("attributes_weight", [0, 0.3, 1])],
    "user-knn": [
        ("similarity", ["cosine", "jaccard", "tf-idf", "bm25"]),
        ("neighbors", [50, 100, 200, 500]),
        ("shrinkage", [0, 5, 20]),
    ],
    "ials": [
        ("unobserved_weight", [0.03, 0.1, 0.3]),
        ("regularization", [0.0003, 0.001, 0.003, 0.01]),
        ("width", [64, 128, 256]),
    ],
    "ease": [("regularization", [50, 100, 250, 500, 1000])],
    "hybrid": [
        ("models", ["similarity,item-knn,ials", "similarity,item-knn,ials,content", "similarity,user-knn,ials"]),
        ("fusion", ["score", "rank"]),
    ],
}  # fmt: skip
START = {
    "recent-popularity": {"half_life": 30, "half_life_events": 10},
    "item-knn": {"similarity": "cosine", "neighbors": 100, "shrinkage": 0},
    "content": {"half_life": 0, "attributes_weight": 1},
    "user-knn": {"similarity": "cosine", "neighbors": 100, "shrinkage": 0},
    "ials": {"unobserved_weight": 0.1, "regularization": 0.003, "width": 64},
    "ease": {"regularization": 500},
    "hybrid": {"models": "similarity,item-knn,ials", "fusion": "score"},
}

# Settings for speed: the low-rank form of as many ranks as there are users is all but the full one.
ALSO = {("ml-latest-small", "ease"): {"form": "low-rank", "rank": 700}}


class Measurements:
    """NDCG@10 on the validation part by set, split, model and settings, kept in a file."""

    def __init__(self, options, data):
        self.options, self.data = options, data
        options.work.mkdir(parents=True, exist_ok=True)
        self.path = options.work / f"{options.split}.json"
        self.known = json.loads(self.path.read_text(encoding="utf-8")) if self.path.exists() else {}

    def dataset(self, name):
        path = self.options.work / ("".join(letter if letter.isalnum() else "-" for letter in name) + ".dataset")
        if not path.exists():
            self.attune("import", *public_logs.import_words(name, self.data), "--out", path)
        return path

    def attune(self, *words):
        command = [os.environ["ATTUNE_BINARY"], *map(str, words), "--json", "--quiet"]
        return subprocess.run(command, capture_output=True, text=True)

    def score(self, name, model, settings):
        """None where the model cannot be fitted to the set, such as `content` without a catalogue."""
        key = json.dumps([name, model, settings])
        if key not in self.known and not self.options.show:
            words = ["tune", self.dataset(name), "--model", model, "--split", self.options.split, "--search", "random"]
            words += ["--trials", 1, "--seed", self.options.seed]
            for field, value in (settings | ALSO.get((name, model), {})).items():
                words += ["--" + field.replace("_", "-"), value]
            done = self.attune(*words)
            trial = json.loads(done.stdout)["best"] if done.returncode == 0 else {"score": None, "seconds": 0}
            if done.returncode not in (0, 1):
                sys.exit(f"attune {' '.join(map(str, words))}: exit {done.returncode}\n{done.stderr}")
            if done.returncode == 1:
                print(f"{name}, {model}: {done.stderr.strip()}", file=sys.stderr)
            self.known[key] = {"score": trial["score"], "seconds": trial["seconds"]}
            self.path.write_text(json.dumps(self.known, indent=1), encoding="utf-8")
            print(f"{name}, {model}, {text(settings)}: {trial['score']}", file=sys.stderr, flush=True)
        return self.known.get(key, {"score": None})["score"]

    def scores(self, model, settings):
        return [self.score(name, model, settings) for name in self.options.sets]


def text(settings):
    return " ".join(f"{field}={value}" for field, value in settings.items())


def mean(scores):
    """The geometric mean over the sets that have a figure."""
    found = [score for score in scores if score]
    return math.exp(sum(map(math.log, found)) / len(found)) if found else 0.0


def search(model, measurements):
    """All settings tried, with their scores; the first are those of START, and the second value is the best."""
    chosen = dict(START[model])
    tried = {text(chosen): (chosen, measurements.scores(model, chosen))}
    for field, values in AXES[model]:
        for value in values:
            settings = chosen | {field: value}
            tried.setdefault(text(settings), (settings, measurements.scores(model, settings)))
        complete = [entry for entry in tried.values() if comparable(entry[1], tried[text(START[model])][1])]
        chosen = max(complete, key=lambda entry: mean(entry[1]))[0]
    return list(tried.values()), chosen


def comparable(scores, first):
    """Whether there is a figure for every set that the first settings have one for."""
    return all(score is not None for score, other in zip(scores, first) if other is not None)


def table(model, tried, chosen, sets):
    lines = [f"## {model}", "", "| settings | " + " | ".join(sets) + " | mean | of the best |"]
    lines += ["|---|" + "---:|" * (len(sets) + 2)]
    best = [max((scores[column] or 0) for _, scores in tried) for column in range(len(sets))]
    for settings, scores in sorted(tried, key=lambda entry: -mean(entry[1])):
        notes = [note for note, of in [("before", START[model]), ("chosen", chosen)] if settings == of]
        shares = [score / top for score, top in zip(scores, best) if score]
        share = f"{sum(shares) / len(shares):.3f}" if shares else "-"
        name = text(settings) + (f" ({', '.join(notes)})" if notes else "")
        cells = ["-" if score is None else f"{score:.4f}" for score in scores]
        lines.append("| " + " | ".join([name, *cells, f"{mean(scores):.4f}", share]) + " |")
    return "\n".join([*lines, ""])


def parsed(words):
    parser = argparse.ArgumentParser(prog="./dev bench defaults", description=__doc__)
    parser.add_argument("--models", type=lambda words: words.split(","), default=list(AXES), help="separated by commas")
    parser.add_argument("--sets", action="append", choices=list(public_logs.IMPORTS), help="may be repeated")
    parser.add_argument("--split", choices=["leave-one-out", "time"], default="leave-one-out")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / "build" / "bench" / "defaults",
                        help="where measurements are kept")  # fmt: skip
    parser.add_argument("--show", action="store_true", help="print what was measured before, and measure nothing")
    options = parser.parse_args(words)
    for model in options.models:
        if model not in AXES:
            parser.error(f"--models names '{model}'; known are {', '.join(AXES)}")
    options.sets = options.sets or SETS
    return options


def main(words=None):
    options = parsed(words)
    data = public_logs.folder() if options.show else public_logs.whole_folder()
    measurements = Measurements(options, data)
    print(f"NDCG@10 on the validation part, {options.split}, full ranking, seed {options.seed}\n")
    for model in options.models:
        tried, chosen = search(model, measurements)
        print(table(model, tried, chosen, options.sets), flush=True)


if __name__ == "__main__":
    main()
