"""`attune tune`: the search finds good settings, goes on where it stopped, and never sees the test part."""

import shlex
import sqlite3

import pytest


def tune(attune, sample, *words):
    words = [sample.dataset, "--model", "similarity", "--split", "leave-one-out", "--trials", 9, *words]
    return attune.json("tune", *words)


@pytest.mark.parametrize("search", ["random", "halving"])
def test_the_best_settings_reach_their_score_when_they_are_trained(search, attune, sample, tmp_path):
    words = ["--search", search, "--out", tmp_path / "best.toml", "--plot", tmp_path / "plot.svg"]
    found = tune(attune, sample, *words)
    scores = [trial["score"] for trial in found["trials"] if trial["rung"] == found["best"]["rung"]]
    assert found["best"]["score"] == max(scores)
    assert any(trial["trial"] == 0 and trial["rung"] == found["best"]["rung"] for trial in found["trials"])
    trained = attune.json("train", sample.dataset, "--model", "similarity", "--split", "leave-one-out",
                          "--config", tmp_path / "best.toml", "--out", tmp_path / "model")  # fmt: skip
    assert trained["metrics"]["ndcg@10"] == pytest.approx(found["best"]["score"], abs=1e-12)
    assert trained["config"] == found["best"]["config"]
    assert (tmp_path / "plot.svg").read_text().startswith("<svg")


def test_the_command_it_ends_with_trains_on_the_split_of_the_search(attune, sample, tmp_path):
    for split in [["leave-one-out"], ["users", "--split-seed", 7, "--test-fraction", 0.2], []]:
        flags = ["--split", *split] if split else []
        said = attune("tune", sample.dataset, "--model", "item-knn", "--trials", 1, *flags,
                      "--out", tmp_path / "best.toml").stdout  # fmt: skip
        words = shlex.split(said.split("Next:\n")[1].replace("MODEL", str(tmp_path / "model")))
        attune(*words[1:])
        found = attune.json("info", tmp_path / "model")["split"]
        assert found["split"] == (split[0] if split else "time")
        if "--split-seed" in split:
            assert found["split_seed"] == 7 and found["test_fraction"] == 0.2


def test_halving_tries_fewer_on_more_users(attune, sample):
    found = tune(attune, sample)
    assert [sum(trial["rung"] == rung for trial in found["trials"]) for rung in range(3)] == [9, 4, 2]


@pytest.mark.parametrize("search", ["halving", "random"])
def test_a_search_goes_on_where_it_was_stopped(search, attune, sample, tmp_path):
    words = ["--search", search, "--study", tmp_path / "study.db"]
    whole = tune(attune, sample, "--search", search)
    tune(attune, sample, *words)
    with sqlite3.connect(tmp_path / "study.db") as database:  # as if it had been killed in the midst
        database.execute("DELETE FROM trials WHERE number > 4 OR rung > 0")
    again = tune(attune, sample, *words)
    assert again["reused"] == 5
    assert again["best"]["config"] == whole["best"]["config"]
    assert [t["score"] for t in again["trials"]] == [t["score"] for t in whole["trials"]]
    assert tune(attune, sample, *words)["reused"] == len(whole["trials"])


def test_a_study_of_something_else_is_refused(attune, sample, tmp_path):
    study = tmp_path / "study.db"
    tune(attune, sample, "--study", study)
    words = ["tune", sample.dataset, "--model", "similarity", "--study", study]
    assert "split" in attune.refused(*words, status=2)
    study.write_bytes(b"not a database at all" * 100)
    assert "no study" in attune.refused(*words)


def test_settings_that_are_given_are_not_searched(attune, sample):
    found = tune(attune, sample, "--half-life", 7, "--search", "random")
    assert {trial["config"]["half_life"] for trial in found["trials"]} == {7}
    assert len({trial["config"]["shrinkage"] for trial in found["trials"]}) > 3
    assert "nothing to search" in attune.refused("tune", sample.dataset, "--model", "popularity", status=2)


def test_one_trial_measures_the_settings_given_even_where_nothing_is_searched(attune, sample):
    words = ["tune", sample.dataset, "--split", "leave-one-out", "--search", "random", "--trials", 1, "--model"]
    low, high = (attune.json(*words, "ease", "--regularization", value)["best"] for value in [1, 500])
    assert low["config"]["regularization"] == 1 and high["config"]["regularization"] == 500
    assert low["score"] != high["score"]
    assert attune.json(*words, "popularity")["best"]["score"] > 0


def test_the_number_of_threads_changes_no_score(attune, sample):
    one, many = tune(attune, sample, "--threads", 1), tune(attune, sample, "--threads", 3)
    assert [trial["score"] for trial in one["trials"]] == [trial["score"] for trial in many["trials"]]
