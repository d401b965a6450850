"""The command line is a contract: help, exit statuses, one JSON document, errors that say what to do."""

import json

import pyarrow.parquet
import pytest
from program import read_csv

COMMANDS = ["sample", "import", "info", "attend", "train", "evaluate", "compare", "tune", "recommend", "similar"]


def test_without_words_it_shows_the_commands_and_fails(attune):
    why = attune.refused(status=2)
    assert all(f"  {command} " in why for command in COMMANDS)


def test_help_lists_every_command(attune):
    for word in ["--help", "-h", "help"]:
        text = attune(word).stdout
        assert all(f"  {command} " in text for command in COMMANDS)
    assert attune("--version").stdout.startswith("attune ")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_starts_with_an_example(command, attune):
    done = attune(command, "--help")
    assert done.stderr == ""
    first = done.stdout.splitlines()[0]
    assert first.startswith(f"{attune.path} {command} ")
    assert "--help" in done.stdout and "--json" in done.stdout
    assert max(len(line) for line in done.stdout.splitlines()) <= 100 + len(attune.path)


@pytest.mark.parametrize("model", ["popularity", "similarity"])
def test_help_of_train_lists_the_settings_of_a_model(model, attune):
    text = attune("train", "--model", model, "--help").stdout
    assert ("--half-life" in text) == (model == "similarity")
    assert "popularity" in attune("train", "--help").stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_an_unknown_flag_is_refused_with_the_nearest_one(command, attune):
    assert "--json" in attune.refused(command, "--jsn", status=2)


MISSPELT = {
    "command": (["recomend"], "recommend"),
    "flag": (["train", "d", "--model", "popularity", "--out", "m", "--sede", "3"], "--seed"),
    "field of a model": (["train", "d", "--model", "similarity", "--out", "m", "--half-live", "3"], "--half-life"),
    "value": (["evaluate", "m", "d", "--part", "tset"], "valid, test"),
    "model": (["train", "d", "--model", "similarty", "--out", "m"], "similarity"),
    "number": (["train", "d", "--model", "popularity", "--out", "m", "--seed", "3x"], "3x"),
    "missing value": (["train", "d", "--model"], "--model"),
    "missing argument": (["train", "--model", "popularity", "--out", "m"], "DATASET"),
    "missing flag": (["train", "d", "--model", "popularity"], "--out"),
    "too many arguments": (["info", "a", "b"], "b"),
    "flag given twice": (["train", "d", "--model", "popularity", "--out", "m", "--out", "n"], "--out"),
    "range": (["train", "d", "--model", "similarity", "--out", "m", "--shrinkage", "-1"], "shrinkage"),
}


@pytest.mark.parametrize("case", MISSPELT)
def test_wrong_usage_exits_with_2_and_says_what_is_right(case, attune, tmp_path):
    words, expected = MISSPELT[case]
    assert expected in attune.refused(*words, status=2, cwd=tmp_path)
    assert list(tmp_path.iterdir()) == []


FAILURES = {
    "no such dataset": ["train", "nowhere", "--model", "popularity", "--out", "m"],
    "no such model": ["recommend", "nowhere", "--history", "i1"],
    "no such log": ["import", "nowhere.csv", "--out", "d"],
    "no such path": ["info", "nowhere"],
    "no such features": ["attend", "--user-features", "nowhere.npy", "--item-features", "nowhere.npy"],
}


@pytest.mark.parametrize("case", FAILURES)
def test_what_is_not_there_exits_with_1_and_is_named(case, attune, tmp_path):
    assert "nowhere" in attune.refused(*FAILURES[case], cwd=tmp_path)


def documents(text):
    """All JSON documents of a text."""
    decoder, found, at = json.JSONDecoder(), [], 0
    while text[at:].strip():
        at += len(text[at:]) - len(text[at:].lstrip())
        value, at = decoder.raw_decode(text, at)
        found.append(value)
    return found


def test_json_is_exactly_one_document_for_every_command(attune, sample, train, tmp_path):
    model, item, user = train("similarity"), sample.log[0]["item"], sample.log[0]["user"]
    counts = ["interactions", "users", "items", "catalogue"]
    measured = ["protocol", "metrics", "seconds"]
    fit = ["train", sample.dataset, "--model", "similarity", "--out"]
    (tmp_path / "u.csv").write_text("1,0\n0,1\n", encoding="utf-8")
    (tmp_path / "users.txt").write_text(f"{user}\n{sample.log[1]['user']}\n", encoding="utf-8")
    calls = [
        (["sample", "--out", tmp_path / "s", "--users", 10, "--items", 10, "--no-covers"], ["users", "items", "seed"]),
        (["import", sample.folder / "log.csv", "--out", tmp_path / "d"], counts),
        (["info", sample.dataset], counts),
        (["info", model], ["items"]),
        (["attend", "--user-features", tmp_path / "u.csv", "--item-features", tmp_path / "u.csv"], ["rows", "columns"]),
        ([*fit, tmp_path / "m"], measured),
        ([*fit, tmp_path / "n", "--split", "none"], ["seconds"]),
        (["evaluate", model, sample.dataset], measured),
        (["compare", sample.dataset, "--models", "popularity", "--resamples", 100], ["models", "differences"]),
        (["tune", sample.dataset, "--model", "similarity", "--trials", 2], ["best", "trials"]),
        (["recommend", model, sample.dataset, "--user", user], ["items"]),
        (["recommend", model, "--history", item], ["items"]),
        (["recommend", model, sample.dataset, "--users", tmp_path / "users.txt"], ["users"]),
        (["recommend", model, sample.dataset, "--all", "--out", tmp_path / "all.csv"], ["out", "users"]),
        (["similar", model, "--item", item], ["items"]),
    ]
    assert {call[0][0] for call in calls} == set(COMMANDS)
    for words, keys in calls:
        found = documents(attune(*words, "--json").stdout)
        assert len(found) == 1, words
        assert set(keys) <= set(found[0]), words


def test_quiet_says_nothing_beside_the_result(attune, sample, tmp_path):
    words = ["import", sample.folder / "log.csv", "--out", tmp_path / "d"]
    assert attune(*words, "--quiet").stderr == ""
    assert attune(*words).stderr != ""


def test_a_recommendation_says_what_it_is_due_to(attune, sample, train):
    user = sample.log[0]["user"]
    history = {event["item"] for event in sample.log if event["user"] == user}
    titles = {row["item"]: row["title"] for row in sample.items}
    found = attune.json("recommend", train("similarity"), sample.dataset, "--user", user, "--k", 10)
    assert found["personal"] is True and len(found["items"]) == 10
    scores = [entry["score"] for entry in found["items"]]
    assert scores == sorted(scores, reverse=True)
    for entry in found["items"]:
        assert entry["item"] not in history
        assert entry["title"] == titles[entry["item"]]
        for reason in entry["reasons"]:
            assert reason["item"] in history
            assert reason["title"] == titles[reason["item"]]
            assert 0 < reason["weight"] <= 1
        assert sum(reason["weight"] for reason in entry["reasons"]) <= 1 + 1e-6
    assert any(entry["reasons"] for entry in found["items"])
    text = attune("recommend", train("similarity"), sample.dataset, "--user", user).stdout
    assert all(entry["title"][:20] in text for entry in found["items"])


def test_the_newest_of_a_history_is_the_same_as_giving_it(attune, sample, train):
    user = sample.log[0]["user"]
    events = [event for event in sample.log if event["user"] == user]
    events.sort(key=lambda event: int(event["timestamp"]))
    history = ",".join(event["item"] for event in events)
    known = attune.json("recommend", train("similarity"), sample.dataset, "--user", user)
    given = attune.json("recommend", train("similarity"), "--history", history)
    assert given["items"] == known["items"]


def test_an_empty_history_is_answered_by_what_is_popular_and_said_to_be(attune, sample, train):
    done = attune("recommend", train("similarity"), "--history", "", "--json")
    found = json.loads(done.stdout)
    assert found["personal"] is False and len(found["items"]) == 10
    assert "popular" in done.stderr
    popular = attune.json("recommend", train("popularity"), "--history", "")
    assert [entry["item"] for entry in found["items"]] == [entry["item"] for entry in popular["items"]]


def test_seen_items_are_left_out_or_kept_as_asked(attune, sample, train):
    item = sample.log[0]["item"]
    words = ["recommend", train("popularity"), "--history", item, "--k", len(sample.items)]
    left_out = [entry["item"] for entry in attune.json(*words)["items"]]
    kept = [entry["item"] for entry in attune.json(*words, "--seen", "keep")["items"]]
    assert item not in left_out
    assert [other for other in kept if other != item] == left_out
    assert len(kept) == len(sample.items)


def test_all_users_as_csv_json_lines_and_parquet_are_the_same(attune, sample, train, tmp_path):
    for name in ["all.csv", "all.jsonl", "all.parquet"]:
        attune("recommend", train("similarity"), sample.dataset, "--all", "--k", 3, "--out", tmp_path / name)
    lines = [json.loads(line) for line in (tmp_path / "all.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["user"] for line in lines] == list(dict.fromkeys(event["user"] for event in sample.log))
    expected = [(line["user"], i + 1, e["item"]) for line in lines for i, e in enumerate(line["items"])]
    table = pyarrow.parquet.read_table(tmp_path / "all.parquet").to_pylist()
    assert [(row["user"], row["rank"], row["item"]) for row in table] == expected
    rows = read_csv(tmp_path / "all.csv")
    assert [(row["user"], int(row["rank"]), row["item"]) for row in rows] == expected
    assert [row["reason_1"] or None for row in rows] == [row["reason_1"] for row in table]


def test_unknown_users_and_items_are_named_with_the_nearest(attune, sample, train):
    user, item = sample.log[0]["user"], sample.log[0]["item"]
    assert user in attune.refused("recommend", train("similarity"), sample.dataset, "--user", user + "x")
    assert item in attune.refused("similar", train("similarity"), "--item", item + "x")
    assert item in attune.refused("recommend", train("similarity"), "--history", item + "x")


def test_similar_items_are_near_and_not_the_item_itself(attune, sample, train):
    item = sample.log[0]["item"]
    found = attune.json("similar", train("similarity"), "--item", item, "--k", 5)["items"]
    assert len(found) == 5
    assert item not in [entry["item"] for entry in found]
    scores = [entry["score"] for entry in found]
    assert scores == sorted(scores, reverse=True)


def test_settings_come_from_a_file_and_flags_come_after_it(attune, sample, tmp_path):
    (tmp_path / "s.toml").write_text("half_life = 2\nshrinkage = 3\n", encoding="utf-8")
    words = ["train", sample.dataset, "--model", "similarity", "--config", tmp_path / "s.toml", "--out", tmp_path / "m"]
    config = attune.json(*words, "--shrinkage", 4)["config"]
    assert (config["half_life"], config["shrinkage"]) == (2, 4)
    (tmp_path / "s.toml").write_text("half_live = 2\n", encoding="utf-8")
    assert "half_life" in attune.refused(*words, status=2)
