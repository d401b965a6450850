"""The table of quality is made from logs in a folder that $ATTUNE_DATA names."""

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


def test_it_prints_a_row_for_each_split_and_model_and_names_seed_machine_and_commit(quality, sample, tmp_path):
    for folder in ["ml-1m", "ml-100k", "ml-latest-small", "amazon-beauty"]:
        (tmp_path / folder).mkdir()
    log = (sample.folder / "log.csv").read_text(encoding="utf-8").split("\n", 1)[1]
    small = tmp_path / "ml-latest-small"
    (small / "ratings.csv").write_text("userId,movieId,rating,timestamp\n" + log, encoding="utf-8")
    movies = "movieId,title,genres\n" + "".join(f"{row['item']},A title,{row['genres']}\n" for row in sample.items)
    (small / "movies.csv").write_text(movies, encoding="utf-8")
    words = ["--sets", "ml-latest-small", "--part", "valid", "--seed", "5", "--machine", "a machine", "--commit", "abc"]
    done = quality(*words, "--out", tmp_path / "table.md")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "table.md").read_text(encoding="utf-8") == done.stdout
    assert "valid part" in done.stdout and "Seed 5; a machine; commit abc." in done.stdout
    lines = [line for line in done.stdout.splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines[2:]]
    expected = [(split, model) for split in ["leave-one-out", "time"] for model in ["popularity", "similarity"]]
    assert [(row[1], row[2]) for row in rows] == expected
    assert float(rows[1][4]) > float(rows[0][4])
