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
    for folder in ["ml-1m", "ml-100k", "ml-latest-small", "amazon-beauty"]:
        (tmp_path / folder).mkdir()
    log = (sample.folder / "log.csv").read_text(encoding="utf-8").split("\n", 1)[1]
    small = tmp_path / "ml-latest-small"
    (small / "ratings.csv").write_text("userId,movieId,rating,timestamp\n" + log, encoding="utf-8")
    movies = "movieId,title,genres\n" + "".join(f"{row['item']},A title,{row['genres']}\n" for row in sample.items)
    (small / "movies.csv").write_text(movies, encoding="utf-8")
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


def tables_of(page):
    """The rows of each section's table."""
    tables = {}
    for part in page.split("\n## ")[1:]:
        lines = [line for line in part.splitlines() if line.startswith("|")]
        tables[part.splitlines()[0]] = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines[2:]]
    return tables
