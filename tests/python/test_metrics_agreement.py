"""Metrics held to ir_measures (pytrec_eval, the code of TREC), and split exports held to the log itself."""

import json
import math
import random

import ir_measures
import pandas
import pytest
from ir_measures import AP, RR, P, R, Success, nDCG

CUTOFFS = [5, 10, 20, 50]
SPLITS = ["leave-one-out", "time", "users"]


@pytest.fixture(scope="module", params=SPLITS)
def exported(request, attune, sample, tmp_path_factory):
    """A split's name and the folder that it was exported to."""
    folder = tmp_path_factory.mktemp("export") / request.param
    attune("evaluate", sample.dataset, "--export-split", folder, "--split", request.param)
    return request.param, folder


def table(folder, name):
    return pandas.read_csv(folder / f"{name}.csv", dtype={"user": str, "item": str})


def random_run(folder, part, depth=60):
    """A ranking for each asked user, a target in front at random: (user, item, score) without ties."""
    generator = random.Random(7)
    items = table(folder, "items")["item"].tolist()
    rows = []
    for user, targets in table(folder, f"{part}_targets").groupby("user")["item"]:
        known = [item for item in targets if item in set(items)]
        listed = list(dict.fromkeys(generator.sample(known, min(len(known), 3)) + generator.sample(items, depth)))
        generator.shuffle(listed)
        rows += [(user, item, (len(listed) - place) / 3) for place, item in enumerate(listed)]
    return pandas.DataFrame(rows, columns=["user", "item", "score"])


def test_export_holds_the_sets_of_the_split(exported, sample):
    split, folder = exported
    description = json.loads((folder / "split.json").read_text())
    assert description["split"]["split"] == split
    train, items = table(folder, "train"), table(folder, "items")
    assert len(train) == description["training_events"]
    assert items["item"].is_unique and len(items) == description["catalogue"]
    counts = train["item"].value_counts()
    assert all(counts.get(row["item"], 0) == row["training_events"] for _, row in items.iterrows())
    log = {(event["user"], event["item"], int(event["timestamp"])) for event in sample.log}
    for part in ["valid", "test"]:
        history, targets = table(folder, f"{part}_history"), table(folder, f"{part}_targets")
        assert not targets.duplicated().any()
        seen = set(zip(history["user"], history["item"]))
        assert not seen & set(zip(targets["user"], targets["item"]))
        seconds = history["timestamp"] // 1_000_000
        assert set(zip(history["user"], history["item"], seconds)) <= log
    pairs = [set(zip(*[table(folder, f"{part}_targets")[c] for c in ["user", "item"]])) for part in ["valid", "test"]]
    assert pairs[0] and pairs[1]


@pytest.mark.parametrize("part", ["valid", "test"])
def test_metrics_agree_with_ir_measures(exported, part, attune, sample, tmp_path):
    split, folder = exported
    run = random_run(folder, part)
    run.to_csv(tmp_path / "run.csv", index=False)
    words = ["evaluate", sample.dataset, "--run", tmp_path / "run.csv", "--split", split, "--part", part]
    found = attune.json(*words, "--per-user", tmp_path / "users.csv")
    users = pandas.read_csv(tmp_path / "users.csv", dtype={"user": str})
    asked = set(users["user"])
    history = table(folder, f"{part}_history")
    seen = set(zip(history["user"], history["item"]))
    kept = run[[(u, i) not in seen and u in asked for u, i in zip(run["user"], run["item"])]]
    targets = table(folder, f"{part}_targets")
    targets = targets[targets["user"].isin(asked)]
    qrels = [ir_measures.Qrel(u, i, 1) for u, i in zip(targets["user"], targets["item"])]
    ranking = [ir_measures.ScoredDoc(u, i, s) for u, i, s in zip(kept["user"], kept["item"], kept["score"])]
    counts = targets["user"].value_counts()
    sums = {}
    measures = {
        f"{name}@{k}": measure @ k
        for k in CUTOFFS
        for name, measure in [("hit_rate", Success), ("precision", P), ("recall", R), ("ndcg", nDCG), ("map", AP)]
    }
    names = {str(measure): name for name, measure in measures.items()}
    for metric in ir_measures.iter_calc(list(measures.values()) + [RR @ 10], qrels, ranking):
        value, name = metric.value, names.get(str(metric.measure), "mrr@10")
        if name.startswith("map@"):  # TREC divides by all targets, also by those that no list of k can hold
            value *= counts[metric.query_id] / min(counts[metric.query_id], int(name[4:]))
        sums[name] = sums.get(name, 0) + value
        sums.setdefault("by user", {})[metric.query_id, name] = value
    assert found["protocol"]["users"] == len(users) > 0
    for name in [*measures, "mrr@10"]:
        assert found["metrics"][name] == pytest.approx(sums[name] / len(users), rel=0, abs=1e-9), name
    for _, row in users.iterrows():
        for name in ["ndcg@10", "mrr@10", "map@10", "recall@10"]:
            expected = sums["by user"].get((row["user"], name), 0)
            assert row[name] == pytest.approx(expected, rel=0, abs=1e-9), (row["user"], name)


def test_a_run_in_any_form_gives_the_same(exported, attune, sample, tmp_path):
    split, folder = exported
    run = random_run(folder, "test")
    run["rank"] = run.groupby("user")["score"].rank(ascending=False).astype(int)
    run[["user", "item", "score"]].to_csv(tmp_path / "run.tsv", sep="\t", index=False)
    run[["user", "item", "rank"]].to_csv(tmp_path / "ranks.csv", index=False)
    run[["user", "item", "score"]].to_parquet(tmp_path / "run.parquet")
    trec = "".join(f"{r.user} Q0 {r.item} {r.rank} {r.score!r} tag\n" for r in run.itertuples())
    (tmp_path / "run.trec").write_text(trec)
    words = ["evaluate", sample.dataset, "--split", split, "--run"]
    documents = [attune.json(*words, tmp_path / name) for name in ["run.tsv", "ranks.csv", "run.parquet", "run.trec"]]
    for document in documents:
        assert document["users_without_ranking"] == 0
        assert document["metrics"] == documents[0]["metrics"]
        assert document["slices"] == documents[0]["slices"]


def test_a_run_of_the_model_itself_gives_what_the_model_gives(attune, sample, train, tmp_path):
    words = ["recommend", train("similarity"), sample.dataset, "--all", "--k", 50, "--out", tmp_path / "all.csv"]
    attune(*words)
    # The model is asked with whole histories there, so that only the form is tested: a ranking of 50 for every user.
    frame = pandas.read_csv(tmp_path / "all.csv", dtype=str)
    assert {"user", "item", "rank"} <= set(frame.columns) or {"user", "item", "score"} <= set(frame.columns)
    words = ["evaluate", sample.dataset, "--run", tmp_path / "all.csv", "--split", "leave-one-out", "--seen", "exclude"]
    found = attune.json(*words)
    assert found["users_without_ranking"] == 0
    assert found["metrics"]["recall@50"] == 0  # what was seen by the end of the log is not recommended


BAD_RUNS = {
    "user": ("user,item,score\nnobody,{item},1\n", "nobody"),
    "item": ("user,item,score\n{user},nothing,1\n", "nothing"),
    "score": ("user,item,score\n{user},{item},high\n", "high"),
    "twice": ("user,item,score\n{user},{item},1\n{user},{item},2\n", "twice"),
    "columns": ("user,item\n{user},{item}\n", "rank or score"),
    "empty": ("user,item,score\n", "no ranking"),
    "trec": ("{user} Q0 {item} 1 0.5 tag\n{user} Q0 {item}\n", ":2"),
}


@pytest.mark.parametrize("case", BAD_RUNS)
def test_a_run_that_cannot_be_used_is_refused_with_the_reason(case, attune, sample, tmp_path):
    text, reason = BAD_RUNS[case]
    event = sample.log[0]
    (tmp_path / "run.csv").write_text(text.format(user=event["user"], item=event["item"]))
    why = attune.refused("evaluate", sample.dataset, "--run", tmp_path / "run.csv", "--split", "leave-one-out")
    assert reason in why and "run.csv" in why


def test_expected_metrics_stand_beside_tied_ones(attune, sample, tmp_path):
    rows = [(user["user"], item["item"], 1) for user in sample.users for item in sample.items]
    pandas.DataFrame(rows, columns=["user", "item", "score"]).to_csv(tmp_path / "run.csv", index=False)
    words = ["evaluate", sample.dataset, "--run", tmp_path / "run.csv", "--split", "leave-one-out", "--seen", "keep"]
    found = attune.json(*words)
    assert found["protocol"]["tied_targets"] == found["protocol"]["targets"]
    catalogue = found["protocol"]["catalogue"]
    assert found["expected_metrics"]["hit_rate@10"] == pytest.approx(10 / catalogue, abs=1e-12)
    ndcg = sum(1 / math.log2(1 + rank) for rank in range(1, 11)) / catalogue
    assert found["expected_metrics"]["ndcg@10"] == pytest.approx(ndcg, abs=1e-12)
