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
    "amazon-beauty, dated": (198_215, 22_332, 12_086, 12_101),
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


def items_of(folder):
    with pyarrow.ipc.open_file(folder / "items.arrow") as file:
        return {row["id"]: row for row in file.read_all().to_pylist()}


def test_ml_1m_has_users_by_code_and_abstracts(attune, tmp_path):
    folder = DATA / "ml-1m"
    attune("import", folder / "ratings.dat", "--encoding", "latin1", "--columns",
           "user=1,item=2,rating=3,timestamp=4", "--items", folder / "movies.dat", "--items-columns",
           "id=1,title=2,genres=3", "--items", folder / "content" / "dbpedia_abstracts.json",
           "--users", folder / "users.dat", "--users-columns", "id=1,gender=2,age=3,occupation=4,zip=5",
           "--out", tmp_path / "d")  # fmt: skip
    with pyarrow.ipc.open_file(tmp_path / "d" / "users.arrow") as file:
        users = {row["id"]: row for row in file.read_all().to_pylist()}
    assert len(users) == 6_040
    assert (users["1"]["gender"], users["1"]["age"], users["1"]["occupation"], users["1"]["zip"]) == (
        "F", 1, "10", "48067")  # fmt: skip
    items = items_of(tmp_path / "d")
    assert sum(row["dbpedia_abstracts"] != "" for row in items.values()) == 3_301
    assert items["781"]["title"] == "Stealing Beauty (1996)"
    assert items["781"]["dbpedia_abstracts"].startswith("Stealing Beauty (French: Beauté volée;")


def test_tags_become_attributes(attune, tmp_path):
    folder = DATA / "ml-latest-small"
    done = attune.json("import", folder / "ratings.csv", "--items", folder / "movies.csv", "--items",
                       folder / "tags.csv", "--out", tmp_path / "d")  # fmt: skip
    assert (done["interactions"], done["users"]) == (100_004, 671)
    items = items_of(tmp_path / "d")
    assert "sandra 'boring' bullock" in items["339"]["tag"]
    assert items["11"]["title"] == "American President, The (1995)"


def test_beauty_without_all_times_is_refused_or_kept_in_order(attune, tmp_path):
    folder = DATA / "amazon-beauty"
    words = [folder / "interactions.tsv", "--items", folder / "items.tsv", "--out", tmp_path / "d"]
    assert "--missing-time" in attune.refused("import", *words)
    assert attune.json("import", *words, "--missing-time", "skip")["interactions"] == 198_502 - 287
    assert attune.json("import", *words, "--missing-time", "keep-order")["interactions"] == 198_502
    nails = next(row for row in items_of(tmp_path / "d").values() if row["asin"] == "B004756YJA")
    assert nails["title"] == "OPI Nail Lacquer, Simmer and Shimmer, 0.5-Fluid Ounce"
    assert nails["categories"] == ["Beauty", "Makeup", "Nails", "Nail Polish"]


def test_ml_100k_has_users(attune, tmp_path):
    folder = DATA / "ml-100k"
    done = attune.json("import", folder / "ml-100k.inter", "--items", folder / "ml-100k.item", "--users",
                       folder / "ml-100k.user", "--out", tmp_path / "d")  # fmt: skip
    assert (done["interactions"], done["users"], done["items"]) == (100_000, 943, 1_682)
    with pyarrow.ipc.open_file(tmp_path / "d" / "users.arrow") as file:
        users = {row["id"]: row for row in file.read_all().to_pylist()}
    assert (users["1"]["age"], users["1"]["occupation"]) == (24, "technician")
