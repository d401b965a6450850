"""The page of results is made from logs in a folder that $ATTUNE_DATA names."""

import os
import pathlib
import subprocess
import sys

import pytest

TOOL = pathlib.Path(__file__).resolve().parents[2] / "tools" / "bench_quality.py"


@pytest.fixture
def quality(attune, tmp_path):
    def run(*words, data=tmp_path):
        environment = os.environ | {"ATTUNE_BINARY": attune.path, "ATTUNE_DATA": str(data)}
        return subprocess.run([sys.executable, TOOL, *words], capture_output=True, text=True, env=environment)

    return run


def test_without_the_logs_it_says_which_are_missing(quality, tmp_path):
    (tmp_path / "ml-1m").mkdir()
    done = quality()
    assert done.returncode == 1
    assert "amazon-beauty" in done.stderr and "ml-100k" in done.stderr and "ml-1m" not in done.stderr
    assert quality(data="").returncode == 1


def test_it_shows_each_split_and_model_and_adds_to_what_was_measured_before(quality, sample, tmp_path):
    logs_for_test(sample, tmp_path)
    words = ["--sets", "ml-latest-small", "--part", "valid", "--seed", "5", "--machine", "a machine"]
    words += ["--resamples", "200", "--work", tmp_path / "work", "--out", tmp_path / "results.md"]
    done = quality(*words, "--commit", "abc", "--models", "popularity,similarity")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "results.md").read_text(encoding="utf-8") == done.stdout
    assert "valid part, seed 5" in done.stdout and "All models: a machine; commit abc;" in done.stdout
    tables = tables_of(done.stdout)
    assert list(tables) == ["ml-latest-small, leave-one-out", "ml-latest-small, time"]
    for table in tables.values():
        assert sorted(row[0] for row in table) == ["popularity", "similarity"]
        assert float(table[0][1]) >= float(table[1][1])
    (tmp_path / "few.toml").write_text("neighbors = 9\n")
    more = quality(*words, "--commit", "def", "--splits", "time", "--models", f"similarity={tmp_path}/few.toml")
    assert more.returncode == 0, more.stderr
    merged = tables_of(more.stdout)
    assert merged["ml-latest-small, leave-one-out"] == tables["ml-latest-small, leave-one-out"]
    figures = {row[0]: row[1] for row in merged["ml-latest-small, time"]}
    assert len(figures) == 3 and all(figures[row[0]] == row[1] for row in tables["ml-latest-small, time"])
    assert "popularity, similarity: a machine; commit abc;" in more.stdout and "commit def;" in more.stdout


def logs_for_test(sample, folder, catalogue=True):
    """ml-latest-small made of the sample, its catalogue empty if asked for, and the other folders empty."""
    for name in ["ml-1m", "ml-100k", "ml-latest-small", "amazon-beauty"]:
        (folder / name).mkdir()
    log = (sample.folder / "log.csv").read_text(encoding="utf-8").split("\n", 1)[1]
    small = folder / "ml-latest-small"
    (small / "ratings.csv").write_text("userId,movieId,rating,timestamp\n" + log, encoding="utf-8")
    titles = "title,genres" if catalogue else "note"
    rows = (f"{row['item']},A title,{row['genres']}" if catalogue else f"{row['item']}," for row in sample.items)
    (small / "movies.csv").write_text(f"movieId,{titles}\n" + "".join(row + "\n" for row in rows), encoding="utf-8")


def test_a_model_that_fails_has_a_dash_and_the_reason_and_the_run_resumes(quality, sample, tmp_path):
    logs_for_test(sample, tmp_path, catalogue=False)
    words = ["--sets", "ml-latest-small", "--splits", "time", "--resamples", "200", "--work", tmp_path / "work"]
    first = quality(*words, "--commit", "abc", "--models", "popularity,content,item-knn")
    assert first.returncode == 0, first.stderr
    table = tables_of(first.stdout)["ml-latest-small, time"]
    assert [row[0] for row in table][2] == "content" and set(table[2][1:]) == {"–"}
    assert "- content: not measured. content: " in first.stdout and "catalogue" in first.stdout
    # What stands in the folder is not measured again, and a run that measures nothing new says the same.
    again = quality(*words, "--commit", "def", "--models", "popularity,content,item-knn")
    assert again.stdout == first.stdout and "commit abc" in again.stdout


def test_a_model_that_takes_too_long_has_a_dash(quality, sample, tmp_path):
    logs_for_test(sample, tmp_path)
    words = ["--sets", "ml-latest-small", "--splits", "time", "--resamples", "200", "--work", tmp_path / "work"]
    assert quality(*words, "--models", "popularity").returncode == 0
    done = quality(*words, "--models", "popularity,sequence", "--minutes", "0.0001")
    assert done.returncode == 0, done.stderr
    assert [row[0] for row in tables_of(done.stdout)["ml-latest-small, time"]] == ["popularity", "sequence"]
    assert "- sequence: not measured. not done in 0.0001 minutes" in done.stdout


def test_when_no_model_can_be_measured_the_first_reason_is_the_error(quality, sample, tmp_path):
    logs_for_test(sample, tmp_path, catalogue=False)
    done = quality("--sets", "ml-latest-small", "--splits", "time", "--work", tmp_path / "work", "--models", "content")
    assert done.returncode == 1
    assert "no model could be measured" in done.stderr and "catalogue" in done.stderr


def tables_of(page):
    """The rows of each section's table."""
    tables = {}
    for part in page.split("\n## ")[1:]:
        lines = [line for line in part.splitlines() if line.startswith("|")]
        tables[part.splitlines()[0]] = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines[2:]]
    return tables
