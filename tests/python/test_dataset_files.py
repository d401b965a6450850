"""The tables of a dataset are opened as they are by the tools that people have, and hold what the log holds."""

import json

import duckdb
import pandas
import polars
import pyarrow
import pyarrow.dataset
import pyarrow.ipc
import pytest

TABLES = ["interactions", "items", "users"]


def by_pyarrow(path):
    return pyarrow.ipc.open_file(pyarrow.memory_map(str(path))).read_all().to_pylist()


def by_pandas(path):
    return pandas.read_feather(path).to_dict("records")


def by_polars(path):
    return polars.read_ipc(path).to_dicts()


def by_duckdb(path):
    table = pyarrow.dataset.dataset(path, format="ipc")  # a name that the query finds
    with duckdb.connect() as connection:
        connection.register("opened", table)
        cursor = connection.execute("select * from opened")
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row)) for row in cursor.fetchall()]


READERS = {"pyarrow": by_pyarrow, "pandas": by_pandas, "polars": by_polars, "duckdb": by_duckdb}


def plain(value):
    """A cell as Python's own, so that four libraries' answers compare."""
    if hasattr(value, "timestamp"):
        return round(value.timestamp() * 1e6)
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, float) and value != value:
        return None
    return value


def rows(reader, dataset, table):
    return [{name: plain(value) for name, value in row.items()} for row in READERS[reader](dataset / f"{table}.arrow")]


@pytest.mark.parametrize("reader", READERS)
def test_interactions_are_the_log_user_by_user_oldest_first(reader, sample):
    users = [row["id"] for row in rows(reader, sample.dataset, "users")]
    items = [row["id"] for row in rows(reader, sample.dataset, "items")]
    found = [
        (users[row["user"]], items[row["item"]], row["rating"], row["timestamp"])
        for row in rows(reader, sample.dataset, "interactions")
    ]
    rank = {user: i for i, user in enumerate(dict.fromkeys(event["user"] for event in sample.log))}
    expected = [
        (event["user"], event["item"], float(event["rating"]), int(event["timestamp"]) * 1_000_000)
        for event in sample.log
    ]
    expected.sort(key=lambda event: (rank[event[0]], event[3]))  # stable: equal times keep the order of the log
    assert found == expected


@pytest.mark.parametrize("reader", READERS)
def test_users_have_the_lengths_of_their_histories_and_their_table(reader, sample):
    events = {}
    for event in sample.log:
        events[event["user"]] = events.get(event["user"], 0) + 1
    about = {row["user"]: row for row in sample.users}
    found = rows(reader, sample.dataset, "users")
    assert [row["id"] for row in found][: len(events)] == list(events)
    for row in found:
        assert row["events"] == events.get(row["id"], 0)
        assert row["country"] == about[row["id"]]["country"]
        assert row["age"] == float(about[row["id"]]["age"])
    assert {row["id"] for row in found} >= set(events)


@pytest.mark.parametrize("reader", READERS)
def test_items_are_the_log_s_then_those_of_the_catalogue_alone(reader, sample):
    met = list(dict.fromkeys(event["item"] for event in sample.log))
    about = {row["item"]: row for row in sample.items}
    found = rows(reader, sample.dataset, "items")
    assert [row["id"] for row in found][: len(met)] == met
    assert sorted(row["id"] for row in found) == sorted(about)
    for row in found:
        assert row["in_catalogue"] is True
        assert row["title"] == about[row["id"]]["title"]
        assert row["title_zh"] == about[row["id"]]["title_zh"]
        assert row["genres"] == about[row["id"]]["genres"].split("|")
        assert row["price"] == float(about[row["id"]]["price"])


@pytest.mark.parametrize("table", TABLES)
def test_all_readers_agree(table, sample):
    answers = [rows(reader, sample.dataset, table) for reader in READERS]
    assert all(answer == answers[0] for answer in answers)
    assert len(answers[0]) > 0


def test_the_manifest_and_info_say_what_is_there(attune, sample):
    manifest = json.loads((sample.dataset / "manifest.json").read_text(encoding="utf-8"))
    info = attune.json("info", sample.dataset)
    expected = {
        "interactions": len(sample.log),
        "users": len({event["user"] for event in sample.log}),
        "items": len({event["item"] for event in sample.log}),
    }
    assert {key: manifest[key] for key in expected} == expected
    assert {key: info[key] for key in expected} == expected
    assert info["catalogue"] == manifest["catalogue_items"] == len(sample.items)
    assert [source["name"] for source in manifest["sources"]] == ["log.csv", "items.csv", "users.csv"]
    for source in manifest["sources"]:
        assert source["bytes"] == (sample.folder / source["name"]).stat().st_size
        assert len(source["xxh128"]) == 32


def test_the_same_log_gives_the_same_bytes(attune, sample, tmp_path):
    attune("import", sample.folder / "log.csv", *sample.tables(), "--out", tmp_path / "again")
    for table in TABLES:
        again = (tmp_path / "again" / f"{table}.arrow").read_bytes()
        assert again == (sample.dataset / f"{table}.arrow").read_bytes()
