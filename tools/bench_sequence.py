#!/usr/bin/env python3
"""Trains sequence attention on public logs in the settings that papers compare, with several seeds, and measures the
test part once: ./dev bench sequence.

Leave-one-out, the whole catalogue ranked, seen items excluded. What was measured is kept in a folder by its flags and
seed: a run that was stopped goes on where it was. Remove the folder to measure everything anew."""

import argparse
import datetime
import hashlib
import json
import os
import pathlib
import statistics
import subprocess
import sys

import public_logs

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAPERS = "ml-1m, order of the papers"

# What it is called, the log, the flags beside --model sequence, how many seeds, and what others have published for
# NDCG@10.
SETTINGS = [
    ("defaults", PAPERS, [], 3, "SASRec with its own loss .1259, eSASRec .1772, SASRec tuned .1902, LRURec .1930"),
    ("HSTU, four blocks", PAPERS, ["--preset", "hstu", "--blocks", "4", "--epochs", "60"], 1, "as above"),
    ("SASRec's own loss", PAPERS, ["--preset", "sasrec", "--epochs", "200", "--patience", "40"], 1, ".126 to .135"),
    ("defaults", "amazon-beauty", [], 3, "TIGER .0384, eSASRec .0523, SASRec with SCE .0544"),
    ("HSTU, four blocks", "ml-1m", ["--preset", "hstu", "--query-time", "known", "--blocks", "4", "--epochs", "80"], 1,
     "HSTU-large .2164"),
]  # fmt: skip
COLUMNS = ["setting", "log", "seeds", "NDCG@10", "HR@10", "NDCG@10, time known", "HR@10, time known", "validation",
           "training, s", "published NDCG@10"]  # fmt: skip


def attune(*words):
    command = [os.environ["ATTUNE_BINARY"], *map(str, words), "--json", "--quiet"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        sys.exit(done.stderr.strip())
    return json.loads(done.stdout)


def measured(folder, name, flags, seed, data, where):
    """The figures of one setting and seed, measured unless they are there already."""
    key = hashlib.sha256(json.dumps([name, flags, seed]).encode()).hexdigest()[:16]
    path = folder / f"{key}.json"
    if path.exists():
        return json.loads(path.read_text(encoding="utf-8"))
    dataset = folder / (hashlib.sha256(name.encode()).hexdigest()[:16] + ".dataset")
    if not dataset.exists():
        attune("import", *public_logs.import_words(name, data), "--out", dataset)
    model = folder / f"{key}.model"
    trained = attune("train", dataset, "--model", "sequence", "--split", "leave-one-out", "--seed", seed, *flags,
                     "--out", model, "--measure")  # fmt: skip
    tested = attune("evaluate", model, dataset)
    model.unlink()
    found = {
        "seed": seed, "seconds": trained["seconds"], "valid": trained["metrics"]["ndcg@10"],
        "ndcg": tested["metrics"]["ndcg@10"], "hr": tested["metrics"]["hit_rate@10"],
        "query_time": tested["protocol"]["query_time"], **where,
    }  # fmt: skip
    aside = path.with_suffix(".new")
    aside.write_text(json.dumps(found), encoding="utf-8")
    aside.replace(path)
    return found


def several(values, digits=4):
    """The mean, and the least and the largest where they differ."""
    low, high, mean = (f"{f(values):.{digits}f}" for f in (min, max, statistics.fmean))
    return mean if low == high else f"{mean} ({low} to {high})"


def row(label, name, published, runs):
    figures, empty = [several([run[key] for run in runs]) for key in ("ndcg", "hr")], ["", ""]
    known = runs[0]["query_time"] == "known"
    seeds = ", ".join(str(run["seed"]) for run in runs)
    cells = [label, name, seeds, *(empty + figures if known else figures + empty)]
    return [*cells, several([run["valid"] for run in runs]), several([run["seconds"] for run in runs], 0), published]


def page(rows, runs):
    about = ("Written by `./dev bench sequence`. Leave-one-out, full ranking, seen items excluded. Settings were "
             "chosen on the validation part, whose NDCG@10 has a column; the test part was measured once for each "
             "seed. Means over seeds, the least and the largest in brackets. A model that knows when the event to be "
             "predicted came has columns of its own. Published figures are those of their authors' settings and "
             "splits.")  # fmt: skip
    lines = ["# Sequence attention beside published figures", "", about, ""]
    lines += ["| " + " | ".join(COLUMNS) + " |", "|---|---|---|" + 6 * "---:|" + "---|"]
    lines += ["| " + " | ".join(cells) + " |" for cells in rows] + [""]
    for label, name, words, *_ in SETTINGS:
        command = " ".join(["attune train --model sequence --split leave-one-out", *words])
        lines.append(f"- {label}, {name}: `{command}`")
    places = sorted({(run["machine"], run["commit"], run["date"]) for run in runs})
    return "\n".join(lines + [f"- {machine}; commit {commit}; {date}." for machine, commit, date in places]) + "\n"


def at_least_one(text):
    if int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, not {text}")
    return int(text)


def main(words=None):
    parser = argparse.ArgumentParser(prog="./dev bench sequence", description=__doc__)
    parser.add_argument("--seeds", type=at_least_one, help="1 to N; default: 3 or fewer, by how long a setting takes")
    parser.add_argument("--only", type=int, action="append", choices=range(1, len(SETTINGS) + 1),
                        help="number of a setting, from 1; may be repeated")  # fmt: skip
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / "build" / "bench" / "sequence")
    parser.add_argument("--out", type=pathlib.Path, help="write the page to this file as well")
    parser.add_argument("--machine", default="unknown machine", help=argparse.SUPPRESS)
    parser.add_argument("--commit", default="unknown commit", help=argparse.SUPPRESS)
    options = parser.parse_args(words)
    data = public_logs.whole_folder()
    options.work.mkdir(parents=True, exist_ok=True)
    where = {"machine": options.machine, "commit": options.commit, "date": datetime.date.today().isoformat()}
    rows, all_runs = [], []
    for number, (label, name, flags, seeds, published) in enumerate(SETTINGS, 1):
        if options.only and number not in options.only:
            continue
        runs = []
        for seed in range(1, (options.seeds or seeds) + 1):
            runs.append(measured(options.work, name, flags, seed, data, where))
            print(f"{label}, {name}, seed {seed}: NDCG@10 {runs[-1]['ndcg']:.4f}", file=sys.stderr, flush=True)
        rows.append(row(label, name, published, runs))
        all_runs += runs
    text = page(rows, all_runs)
    print(text, end="")
    if options.out:
        options.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
