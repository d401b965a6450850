#!/usr/bin/env python3
"""Compares models on public logs and writes a page of how well they rank: ./dev bench quality.

Results are kept in a folder: a run of some sets, splits or models adds to what is there, and the page shows all of it.
A run that was stopped goes on where it was. A model that cannot be measured on a set has a dash and the reason, and is
tried again when it is asked for again. Remove the folder to measure everything anew."""

import argparse
import datetime
import json
import os
import pathlib
import signal
import subprocess
import sys

import public_logs

ROOT = pathlib.Path(__file__).resolve().parent.parent
SPLITS = ["leave-one-out", "time"]
COLUMNS = ["model", "NDCG@10", "95 % interval", "HR@10", "recall@10", "MRR@10", "coverage", "novelty", "to the best",
           "95 % interval", "p, Holm", "fit, s", "fit, MB", "ranking, s", "ranking, MB"]  # fmt: skip


class Failure(Exception):
    """Why the program did not do what was asked, in its own words."""


def attune(*words, minutes=None):
    """What the program prints with --json. After `minutes` it is ended with all processes that it started."""
    command = [os.environ["ATTUNE_BINARY"], *map(str, words), "--json", "--quiet"]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, text=True, start_new_session=True, **streams) as running:
        try:
            out, err = running.communicate(timeout=minutes and 60 * minutes)
        except BaseException as stopped:
            os.killpg(running.pid, signal.SIGKILL)
            if isinstance(stopped, subprocess.TimeoutExpired):
                raise Failure(f"not done in {minutes:g} minutes, the limit of this run (--minutes)") from None
            raise
    if running.returncode != 0:
        raise Failure(err.strip() or f"`{' '.join(command)}` ended with status {running.returncode}")
    return json.loads(out)


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
        before = self.read(name, split, options.part) or {}
        measured, failed = dict(before.get("measured", {})), dict(before.get("failed", {}))
        dataset = self.folder / (self.file(name, split, options.part).stem.split(".")[0] + ".dataset")
        if not dataset.exists():
            attune("import", *public_logs.import_words(name, data), "--out", dataset)
        kept = self.file(name, split, options.part).with_suffix(".kept")
        words = ["--split", split, "--part", options.part, "--seed", options.seed, "--keep", kept]
        where = {"commit": options.commit, "machine": options.machine, "date": datetime.date.today().isoformat()}
        for model in options.models:
            if model in measured:
                continue
            try:  # alone, so that what was measured is kept whatever becomes of the next one
                attune("compare", dataset, "--models", model, *words, "--resamples", 100, minutes=options.minutes)
                measured[model] = where
                failed.pop(model, None)
            except Failure as failure:
                failed[model] = one_line(failure)
                print(f"  {model}: {failed[model]}", file=sys.stderr, flush=True)
            # Noted now: a run that is stopped still knows on which commit each of its models was measured.
            self.write(name, split, options.part, before | {"measured": measured, "failed": failed, "set": name})
        if not measured:
            raise Failure(f"{name}, {split}: no model could be measured. {next(iter(failed.values()), '')}")
        models = ",".join(measured)
        found = attune("compare", dataset, "--models", models, *words, "--resamples", options.resamples)
        self.write(name, split, options.part, found | {"measured": measured, "failed": failed, "set": name})

    def write(self, name, split, part, found):
        path = self.file(name, split, part)
        aside = path.with_suffix(".new")
        aside.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
        aside.replace(path)

    def all(self, part):
        for name in public_logs.IMPORTS:
            for split in SPLITS:
                found = self.read(name, split, part)
                if found and found.get("models"):
                    yield name, split, found


def one_line(failure):
    """Its reason without the name of the program, which stands before each of its messages."""
    return " ".join(str(failure).split()).removeprefix("attune: ")


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


def failed_rows(found):
    return [[model] + ["–"] * (len(COLUMNS) - 1) for model in found["failed"]]


def failed_lines(found):
    """Why there are dashes."""
    return [f"{model}: not measured. {reason}" for model, reason in found["failed"].items()]


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
    lines += ["| " + " | ".join(cells) + " |" for cells in [*rows(found), *failed_rows(found)]]
    notes = [*failed_lines(found), *expected_lines(found), *places(found)]
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
    parser.add_argument("--minutes", type=float, help="of one model on one set and split, at most; default: no limit")
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / "build" / "bench" / "quality",
                        help="where results are kept")  # fmt: skip
    parser.add_argument("--out", type=pathlib.Path, help="write the page to this file as well: docs/results.md")
    parser.add_argument("--machine", default="unknown machine", help=argparse.SUPPRESS)
    parser.add_argument("--commit", default="unknown commit", help=argparse.SUPPRESS)
    return parser.parse_args(words)


def main(words=None):
    options = parsed(words)
    data = public_logs.whole_folder()
    options.models = options.models or known_models()
    results = Results(options.work)
    for name in options.sets or public_logs.IMPORTS:
        for split in options.splits or SPLITS:
            if split in public_logs.splits(name):
                print(f"{name}, {split}", file=sys.stderr, flush=True)
                try:
                    results.measure(name, split, data, options)
                except Failure as failure:
                    sys.exit(str(failure))
    text = page(results, options)
    print(text, end="")
    if options.out:
        options.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
