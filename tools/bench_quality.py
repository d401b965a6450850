#!/usr/bin/env python3
"""Compares models on public logs and writes a page of how well they rank: ./dev bench quality.

Results are kept in a folder: a run of some sets, splits or models adds to what is there, and the page shows all of it.
Remove the folder to measure everything anew."""

import argparse
import datetime
import json
import os
import pathlib
import subprocess
import sys

import public_logs

ROOT = pathlib.Path(__file__).resolve().parent.parent
SPLITS = ["leave-one-out", "time"]
COLUMNS = ["model", "NDCG@10", "95 % interval", "HR@10", "recall@10", "MRR@10", "coverage", "novelty", "to the best",
           "95 % interval", "p, Holm", "fit, s", "fit, MB", "ranking, s", "ranking, MB"]  # fmt: skip


def attune(*words):
    """What the program prints with --json."""
    command = [os.environ["ATTUNE_BINARY"], *map(str, words), "--json", "--quiet"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit {done.returncode}")
    return json.loads(done.stdout)


def known_models():
    """All that the program has, as its help names them."""
    words = [os.environ["ATTUNE_BINARY"], "compare", "--help"]
    text = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True).stdout
    return text.split("Models:", 1)[1].replace("\n", " ").replace(" ", "").rstrip(".").split(",")


class Results:
    """The comparisons of a folder, one for each set, split and part, each with where its models were measured."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def file(self, name, split, part):
        safe = "".join(letter if letter.isalnum() or letter == "-" else "-" for letter in name)
        return self.folder / f"{safe}.{split}.{part}.json"

    def read(self, name, split, part):
        path = self.file(name, split, part)
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None

    def measure(self, name, split, data, options):
        """Compares the models asked for and those measured before, which are not fitted again."""
        before = self.read(name, split, options.part) or {"measured": {}}
        models = list(dict.fromkeys([*before["measured"], *options.models]))
        dataset = self.folder / (self.file(name, split, options.part).stem.split(".")[0] + ".dataset")
        if not dataset.exists():
            attune("import", *public_logs.import_words(name, data), "--out", dataset)
        kept = self.file(name, split, options.part).with_suffix(".kept")
        words = ["compare", dataset, "--models", ",".join(models), "--split", split, "--part", options.part]
        words += ["--seed", options.seed, "--resamples", options.resamples, "--keep", kept]
        found = attune(*words)
        where = {"commit": options.commit, "machine": options.machine, "date": datetime.date.today().isoformat()}
        found["measured"] = {model: before["measured"].get(model, where) for model in models}
        found["set"] = name
        text = json.dumps(found, ensure_ascii=False)
        self.file(name, split, options.part).write_text(text, encoding="utf-8")

    def all(self, part):
        for name in public_logs.IMPORTS:
            for split in SPLITS:
                found = self.read(name, split, part)
                if found:
                    yield name, split, found


def seconds(value):
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def p_text(p):
    return f"{p:.4f}" if p < 0.01 else f"{p:.3f}"


def rows(found):
    """A row a model, best first, each held against the best."""
    best = found["models"][0]["model"]
    differences = {d["b"]: d for d in found["differences"] if d["a"] == best}
    for model in found["models"]:
        metrics, (low, high) = model["metrics"], model["interval"]
        cells = [model["model"], f"{metrics['ndcg@10']:.4f}", f"{low:.4f} to {high:.4f}"]
        cells += [f"{metrics[name]:.4f}" for name in ["hit_rate@10", "recall@10", "mrr@10", "coverage@10"]]
        cells.append(f"{metrics['novelty@10']:.1f}")
        difference = differences.get(model["model"])
        if difference:
            low, high = (-bound for bound in reversed(difference["interval"]))
            cells += [f"{-difference['difference']:+.4f}", f"{low:+.4f} to {high:+.4f}", p_text(difference["p_holm"])]
        else:
            cells += ["", "", ""]
        cells += [seconds(model["train_seconds"]), f"{model['train_peak_memory_mb']:.0f}"]
        yield cells + [seconds(model["score_seconds"]), f"{model['score_peak_memory_mb']:.0f}"]


def expected_lines(found):
    """What ties are expected to give, for models that tie."""
    for model in found["models"]:
        expected = model.get("expected_metrics")
        if expected:
            tied, targets = model["protocol"]["tied_targets"], model["protocol"]["targets"]
            yield (f"{model['model']}: {tied:,} of {targets:,} targets are in ties; expected if these were broken by "
                   f"lot: NDCG@10 {expected['ndcg@10']:.4f}, HR@10 {expected['hit_rate@10']:.4f}.")  # fmt: skip


def places(found):
    """Where and on what commit the models were measured: groups of models with the same answer."""
    groups = {}
    for model, where in found["measured"].items():
        groups.setdefault((where["machine"], where["commit"], where["date"]), []).append(model)
    for (machine, commit, date), models in groups.items():
        whose = "All models" if len(groups) == 1 else ", ".join(models)
        yield f"{whose}: {machine}; commit {commit}; {date}."


def section(name, split, found):
    protocol = found["models"][0]["protocol"]
    lines = [f"## {name}, {split}", ""]
    text = (f"{protocol['users']:,} users with a history, {protocol['targets']:,} targets, of which "
            f"{protocol['new_item_targets']:,} are of items without a training event; {protocol['catalogue']:,} items "
            f"ranked. {protocol['new_users']:,} users without a history and {protocol['repeated_targets']:,} targets "
            "seen before are left out.")  # fmt: skip
    lines += [text, "", "| " + " | ".join(COLUMNS) + " |", "|---|" + "---:|" * (len(COLUMNS) - 1)]
    lines += ["| " + " | ".join(cells) + " |" for cells in rows(found)]
    notes = [*expected_lines(found), *places(found)]
    return lines + ["", *("- " + note for note in notes), ""]


def page(results, options):
    found = list(results.all(options.part))
    first = found[0][2]
    lines = ["# Results", ""]
    lines += [f"Written by `./dev bench quality`. Full ranking, seen items excluded, {options.part} part, seed "
              f"{first['seed']}. Nothing was chosen on the test part: settings are the models' defaults, and what a "
              "model chooses while it is fitted it chooses on the validation part. Intervals are those of the paired "
              f"bootstrap over users ({first['resamples']:,} resamples); p-values are corrected by Holm over all pairs "
              "of a table. Seconds and peak megabytes are those of a process that only fits, and of one that only "
              "ranks all users. [mathematics.md](mathematics.md) has the definitions.", ""]  # fmt: skip
    for name, split, comparison in found:
        lines += section(name, split, comparison)
    return "\n".join(lines).rstrip("\n") + "\n"


def parsed(words):
    parser = argparse.ArgumentParser(prog="./dev bench quality", description=__doc__)
    parser.add_argument("--part", choices=["valid", "test"], default="test")
    parser.add_argument("--models", type=lambda text: text.split(","), help="separated by commas; default: all")
    parser.add_argument("--sets", action="append", choices=list(public_logs.IMPORTS), help="may be repeated")
    parser.add_argument("--splits", action="append", choices=SPLITS, help="may be repeated")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--resamples", type=int, default=10_000)
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / "build" / "bench" / "quality",
                        help="where results are kept")  # fmt: skip
    parser.add_argument("--out", type=pathlib.Path, help="write the page to this file as well: docs/results.md")
    parser.add_argument("--machine", default="unknown machine", help=argparse.SUPPRESS)
    parser.add_argument("--commit", default="unknown commit", help=argparse.SUPPRESS)
    return parser.parse_args(words)


def main(words=None):
    options = parsed(words)
    data = pathlib.Path(os.environ["ATTUNE_DATA"]).resolve() if os.environ.get("ATTUNE_DATA") else None
    missing = public_logs.missing(data)
    if missing:
        sys.exit(f"$ATTUNE_DATA must name a folder of public logs; missing in it: {', '.join(missing)}")
    options.models = options.models or known_models()
    results = Results(options.work)
    for name in options.sets or public_logs.IMPORTS:
        for split in options.splits or SPLITS:
            if split in public_logs.splits(name):
                print(f"{name}, {split}", file=sys.stderr, flush=True)
                results.measure(name, split, data, options)
    text = page(results, options)
    print(text, end="")
    if options.out:
        options.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
