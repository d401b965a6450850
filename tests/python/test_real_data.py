"""Public logs, where $ATTUNE_DATA names a folder that has them: counts of the imports, and that similarity attention
beats popularity. Validation parts alone are looked at, so that nothing is ever chosen by a test part."""

import os
import pathlib
import sys

import pyarrow.ipc
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import public_logs

DATA = pathlib.Path(os.environ["ATTUNE_DATA"]).resolve() if os.environ.get("ATTUNE_DATA") else None
pytestmark = pytest.mark.skipif(
    bool(public_logs.missing(DATA)),
    reason=f"$ATTUNE_DATA names no folder with {', '.join(public_logs.missing(DATA))}: real logs are not tested",
)

COUNTS = {
    "ml-1m": (1_000_209, 6_040, 3_706, 3_883),
    "ml-1m, order of the papers": (999_611, 6_040, 3_416, 0),
    "ml-100k": (100_000, 943, 1_682, 1_682),
    "ml-latest-small": (100_004, 671, 9_066, 9_125),
    "amazon-beauty": (198_502, 22_363, 12_101, 12_101),
    "amazon-beauty, dated": (198_215, 22_363, 12_101, 12_101),
}


@pytest.fixture(scope="session")
def dataset(attune, tmp_path_factory):
    folder, made = tmp_path_factory.mktemp("real"), {}

    def make(name):
        if name not in made:
            made[name] = folder / name
            attune("import", *public_logs.import_words(name, DATA), "--out", made[name])
        return made[name]

    return make


@pytest.mark.parametrize("name", COUNTS)
def test_counts_are_those_of_the_publishers(name, attune, dataset):
    info = attune.json("info", dataset(name))
    assert (info["interactions"], info["users"], info["items"], info["catalogue"]) == COUNTS[name]


def test_titles_in_latin1_are_right(attune, dataset):
    with pyarrow.ipc.open_file(dataset("ml-1m") / "items.arrow") as file:
        titles = {row["id"]: row for row in file.read_all().to_pylist()}
    assert titles["73"]["title"] == "Misérables, Les (1995)"
    assert titles["1"]["genres"] == ["Animation", "Children's", "Comedy"]
    assert len(titles) == 3_883


def test_titles_in_quotes_are_right(attune, dataset):
    with pyarrow.ipc.open_file(dataset("ml-latest-small") / "items.arrow") as file:
        titles = {row["id"]: row["title"] for row in file.read_all().to_pylist()}
    assert titles["11"] == "American President, The (1995)"


@pytest.mark.parametrize("name", COUNTS)
def test_similarity_beats_popularity_in_leave_one_out(name, attune, dataset, tmp_path):
    scores = {}
    for model in ["popularity", "similarity"]:
        words = [dataset(name), "--model", model, "--split", "leave-one-out", "--out", tmp_path / model]
        assert attune.json("train", *words)["protocol"]["part"] == "valid"
        found = attune.json("evaluate", tmp_path / model, dataset(name), "--part", "valid")
        scores[model] = found["metrics"]["ndcg@10"]
    assert scores["similarity"] > scores["popularity"], scores
