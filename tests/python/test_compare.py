"""`attune compare`: what it prints, writes and keeps."""

import json
import re

import numpy
import pandas
import pytest


@pytest.fixture(scope="module")
def compared(attune, sample, tmp_path_factory):
    folder = tmp_path_factory.mktemp("compare")
    (folder / "few.toml").write_text("neighbors = 5\n")
    words = ["compare", sample.dataset, "--models", f"popularity,similarity,similarity={folder}/few.toml",
             "--split", "leave-one-out", "--resamples", 500, "--keep", folder / "kept"]  # fmt: skip
    document = attune.json(*words, "--out-html", folder / "c.html", "--out-markdown", folder / "c.md")
    return folder, words, document


def test_models_are_ordered_and_measured_as_evaluate_does(compared, attune, sample, train):
    document = compared[2]
    values = [model["metrics"]["ndcg@10"] for model in document["models"]]
    assert values == sorted(values, reverse=True)
    assert document["models"][-1]["model"] == "popularity"
    for model in document["models"]:
        assert model["train_peak_memory_mb"] > 1 and model["score_peak_memory_mb"] > 1
        assert model["interval"][0] <= model["metrics"]["ndcg@10"] <= model["interval"][1]
        if "=" not in model["model"]:
            alone = attune.json("evaluate", train(model["model"]), sample.dataset)
            assert alone["metrics"] == model["metrics"] and alone["slices"] == model["slices"]


def test_settings_of_a_file_are_used(compared):
    neighbors = {"=" in model["model"]: model["config"].get("neighbors") for model in compared[2]["models"][:2]}
    assert neighbors[True] == 5 != neighbors[False]


def test_differences_agree_with_a_bootstrap_of_numpy(compared, attune, sample, train, tmp_path):
    users = {}
    for name in ["popularity", "similarity"]:
        attune("evaluate", train(name), sample.dataset, "--per-user", tmp_path / f"{name}.csv")
        users[name] = pandas.read_csv(tmp_path / f"{name}.csv")["ndcg@10"].to_numpy()
    difference = users["similarity"] - users["popularity"]
    drawn = numpy.random.default_rng(1).integers(len(difference), size=(4000, len(difference)))
    means = difference[drawn].mean(axis=1)
    (found,) = [d for d in compared[2]["differences"] if {d["a"], d["b"]} == set(users)]
    assert found["a"] == "similarity"
    assert found["difference"] == pytest.approx(difference.mean(), abs=1e-12)
    tolerance = 6 * means.std() / numpy.sqrt(500)
    assert found["interval"] == pytest.approx(list(numpy.quantile(means, [0.025, 0.975])), abs=tolerance)
    assert 0 < found["p"] <= found["p_holm"] <= 1


def test_the_report_is_one_file_that_names_no_other(compared):
    folder, _, document = compared
    page = (folder / "c.html").read_text(encoding="utf-8")
    assert page.count("<svg") >= 4
    assert not re.search(r"(src|href)\s*=|@import|url\(", page)
    assert [address for address in re.findall(r"https?://[^\s\"<]+", page) if "www.w3.org" not in address] == []
    markdown = (folder / "c.md").read_text(encoding="utf-8")
    for model in document["models"]:
        assert f"{model['metrics']['ndcg@10']:.4f}" in page and f"{model['metrics']['ndcg@10']:.4f}" in markdown
    assert document["machine"] in page and document["machine"] in markdown


def test_results_that_were_kept_are_used_again_and_merged(compared, attune):
    _, words, document = compared
    more = list(words)
    more[3] = "popularity,similarity"
    done = attune(*more, "--json")
    assert done.stderr.count("measured before") == 2
    again = {model["model"]: model for model in json.loads(done.stdout)["models"]}
    for model in document["models"]:
        if model["model"] in again:
            assert model == again[model["model"]]


def test_the_number_of_threads_changes_no_figure(attune, sample):
    words = ["compare", sample.dataset, "--models", "popularity,similarity", "--resamples", 200, "--threads"]
    one, many = attune.json(*words, 1), attune.json(*words, 3)
    assert one["differences"] == many["differences"]
    for a, b in zip(one["models"], many["models"]):
        assert a["metrics"] == b["metrics"] and a["slices"] == b["slices"] and a["interval"] == b["interval"]


REFUSED = {
    "unknown model": (["--models", "popularty"], "popularity", 2),
    "a model twice": (["--models", "popularity,popularity"], "twice", 2),
    "unknown metric": (["--models", "popularity", "--metric", "ndcg@7"], "ndcg@10", 2),
    "nothing held out": (["--models", "popularity", "--split", "none"], "none", 2),
    "too few resamples": (["--models", "popularity", "--resamples", "3"], "resamples", 2),
    "settings that break a rule": (["--models", "similarity=bad.toml"], "shrinkage", 2),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_compared_is_refused(case, attune, sample, tmp_path):
    (tmp_path / "bad.toml").write_text("shrinkage = -1\n")
    words, reason, status = REFUSED[case]
    assert reason in attune.refused("compare", sample.dataset, *words, status=status, cwd=tmp_path)
