"""Logs and tables in the forms that other programs write, and a real PostgreSQL."""

import contextlib
import datetime
import glob
import gzip
import json
import os
import pathlib
import pwd
import shutil
import sqlite3
import subprocess
import tempfile

import numpy
import pyarrow
import pyarrow.feather
import pyarrow.parquet
import pytest

from datasets import histories, rows

EVENTS = [("u", "007", 4.0, 300), ("v", "7", 3.5, 100), ("u", "電影", 5.0, 200), ("v", "a,b", 1.0, 50)]
HISTORIES = {"u": ["電影", "007"], "v": ["a,b", "7"]}


def table():
    return pyarrow.table({name: column for name, column in zip(["user", "item", "rating", "timestamp"], zip(*EVENTS))})


def csv_text():
    lines = [",".join(f'"{v}"' if isinstance(v, str) else str(v) for v in event) for event in EVENTS]
    return "user,item,rating,timestamp\n" + "\n".join(lines) + "\n"


def json_lines():
    keys = ["user", "item", "rating", "timestamp"]
    return "".join(json.dumps(dict(zip(keys, event))) + "\n" for event in EVENTS)


def write_sqlite(path):
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("create table events (user text, item text, rating real, timestamp integer)")
        database.executemany("insert into events values (?, ?, ?, ?)", EVENTS)
        database.commit()


WRITERS = {
    "csv": lambda path: path.write_text(csv_text(), encoding="utf-8"),
    "csv in gzip": lambda path: path.write_bytes(gzip.compress(csv_text().encode())),
    "csv in zstd": lambda path: path.write_bytes(pyarrow.compress(csv_text().encode(), "zstd", asbytes=True)),
    "csv in UTF-16": lambda path: path.write_bytes(csv_text().encode("utf-16")),
    "tsv with typed names": lambda path: path.write_text(
        "user:token\titem:token\trating:float\ttimestamp:float\n"
        + "".join("\t".join(map(str, event)) + "\n" for event in EVENTS), encoding="utf-8"),
    "json lines": lambda path: path.write_text(json_lines(), encoding="utf-8"),
    "json array": lambda path: path.write_text("[" + ",".join(json_lines().splitlines()) + "]", encoding="utf-8"),
    "parquet": lambda path: pyarrow.parquet.write_table(table(), path),
    "parquet in dictionaries": lambda path: pyarrow.parquet.write_table(
        table().set_column(0, "user", table()["user"].dictionary_encode()), path, compression="zstd"),
    "feather": lambda path: pyarrow.feather.write_feather(table(), path),
}  # fmt: skip


@pytest.mark.parametrize("form", WRITERS)
def test_a_log_reads_the_same_in_every_form(form, attune, tmp_path):
    WRITERS[form](tmp_path / "log")
    attune("import", tmp_path / "log", "--out", tmp_path / "d")
    assert histories(tmp_path / "d") == HISTORIES
    assert sorted(row["rating"] for row in rows(tmp_path / "d", "interactions")) == [1, 3.5, 4, 5]


@pytest.mark.parametrize("form", ["csv", "csv in gzip", "parquet"])
def test_standard_input_is_a_dash(form, attune, tmp_path):
    WRITERS[form](tmp_path / "log")
    with open(tmp_path / "log", "rb") as file:
        attune("import", "-", "--out", tmp_path / "d", stdin=file)
    assert histories(tmp_path / "d") == HISTORIES
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")], "no temporary file is left"


def test_a_query_of_sqlite_is_a_log(attune, tmp_path):
    write_sqlite(tmp_path / "shop.db")
    query = "select * from events"
    attune("import", tmp_path / "shop.db", "--format", "sql", "--query", query, "--out", tmp_path / "d")
    assert histories(tmp_path / "d") == HISTORIES


@pytest.fixture(scope="module")
def postgres():
    """A PostgreSQL of this test's own on a Unix socket, run by a user that is not root."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
    initdb = found[-1] if found else shutil.which("initdb")
    if initdb is None:
        pytest.skip("there is no initdb: PostgreSQL is not installed")
    tools = pathlib.Path(initdb).parent
    user = None
    if os.geteuid() == 0:
        user = next((name for name in ["postgres", "nobody"] if name in {p.pw_name for p in pwd.getpwall()}), None)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="attune-pg-"))
    if user:
        os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
    data, port = folder / "data", "54321"

    def run(*words):
        subprocess.run([str(word) for word in words], check=True, capture_output=True, cwd=folder, user=user,
                       env={"LC_ALL": "C", "PATH": os.environ["PATH"]})  # fmt: skip

    try:
        run(tools / "initdb", "-D", data, "-U", "shop", "-A", "trust", "-E", "UTF8", "--no-sync")
        options = f"-k {folder} -p {port} -c listen_addresses='' -c fsync=off"
        run(tools / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start")
        os.chmod(folder, 0o755)
        yield {"folder": folder, "psql": [tools / "psql", "-h", folder, "-p", port, "-U", "shop", "-d", "postgres"],
               "address": f"postgresql://shop:secret@/postgres?host={folder}&port={port}"}  # fmt: skip
    finally:
        with contextlib.suppress(subprocess.CalledProcessError):
            run(tools / "pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def psql(postgres, text):
    words = [str(word) for word in postgres["psql"]]
    subprocess.run([*words, "-v", "ON_ERROR_STOP=1", "-q"], input=text, text=True, check=True, capture_output=True)


def test_a_query_of_postgresql_is_a_log_and_a_catalogue(attune, postgres, tmp_path):
    values = ", ".join(f"('{u}', '{i}', {r}, to_timestamp({t}))" for u, i, r, t in EVENTS)
    psql(postgres, f"""create table events (buyer text, sku text, stars real, at timestamptz);
        insert into events values {values};
        create table films (id text, title text, year int);
        insert into films values ('7', 'Heat', 1995);""")
    attune("import", postgres["address"], "--query", "select * from events", "--columns",
           "user=buyer,item=sku,rating=stars,timestamp=at", "--items", postgres["address"], "--items-query",
           "select * from films", "--out", tmp_path / "d")  # fmt: skip
    assert histories(tmp_path / "d") == HISTORIES
    assert {row["id"]: row["title"] for row in rows(tmp_path / "d", "items")}["7"] == "Heat"
    assert "secret" not in (tmp_path / "d" / "manifest.json").read_text(encoding="utf-8")


def test_more_rows_of_postgresql_than_are_fetched_at_once(attune, postgres, tmp_path):
    query = "select n % 100 as user, n as item from generate_series(1, 25000) n order by n"
    done = attune.json("import", postgres["address"], "--query", query, "--out", tmp_path / "d")
    assert (done["interactions"], done["users"], done["items"]) == (25_000, 100, 25_000)


def test_a_query_that_the_database_refuses_is_told_without_the_password(attune, postgres, tmp_path):
    words = ["import", postgres["address"], "--out", tmp_path / "d", "--query"]
    why = attune.refused(*words, "select nothing from nowhere")
    assert "nowhere" in why and "--query" in why and "secret" not in why
    why = attune.refused(*words, "delete from events")
    assert "refuses" in why


def test_catalogues_of_several_forms_are_joined(attune, tmp_path):
    (tmp_path / "log.csv").write_text("user,item\nu,1\nu,2\nv,3\n", encoding="utf-8")
    (tmp_path / "films.dat").write_bytes("1::Ça ira::Drama|War\n2::Heat::Crime\n".encode("latin1"))
    (tmp_path / "abstracts.json").write_text(json.dumps({"2": "A heist — 電影.", "9": "Unseen."}), encoding="utf-8")
    more = {"id": [1, 2], "released": [None, datetime.date(1995, 12, 15)], "emb": [[0.5, 1.0], [2.0, 3.0]]}
    pyarrow.parquet.write_table(pyarrow.table(more), tmp_path / "more.parquet")
    numpy.save(tmp_path / "vectors.npy", numpy.arange(6, dtype=numpy.float32).reshape(2, 3))
    words = []
    for name in ["films.dat", "abstracts.json", "more.parquet", "vectors.npy"]:
        words += ["--items", tmp_path / name]
    attune("import", tmp_path / "log.csv", *words, "--items-columns", "id=1,title=2,genres=3", "--encoding", "latin1",
           "--out", tmp_path / "d")  # fmt: skip
    found = {row["id"]: row for row in rows(tmp_path / "d", "items")}
    assert set(found) == {"1", "2", "3", "9"}
    assert (found["1"]["title"], found["1"]["genres"]) == ("Ça ira", ["Drama", "War"])
    assert found["2"]["abstracts"] == "A heist — 電影."
    assert found["2"]["released"].isoformat().startswith("1995-12-15")
    assert found["1"]["released"] is None and found["9"]["released"] is None
    assert found["2"]["emb"] == [2.0, 3.0]
    assert found["2"]["vectors"] == [3.0, 4.0, 5.0] and found["1"]["vectors"] == [0.0, 1.0, 2.0]
    assert found["9"]["in_catalogue"] and not found["3"]["in_catalogue"]


def test_skipped_rows_are_counted_by_reason_and_written_to_a_file(attune, tmp_path):
    (tmp_path / "log.csv").write_text("user,item,rating\nu,a,3\nu,b,x\nu\n,c,2\n", encoding="utf-8")
    done = attune.json("import", tmp_path / "log.csv", "--on-bad-row", "skip", "--rejected", tmp_path / "bad.csv",
                       "--out", tmp_path / "d")  # fmt: skip
    assert done["rows_skipped"] == 3 and sum(done["skipped_by_reason"].values()) == 3
    lines = (tmp_path / "bad.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "place,problem,row" and len(lines) == 4 and 'log.csv:3"' in lines[1]
    words = ["import", tmp_path / "log.csv", "--on-bad-row", "skip", "--out", tmp_path / "e"]
    why = attune.refused(*words, "--max-bad", 2)
    assert "--max-bad" in why


def test_events_are_left_out_as_asked(attune, tmp_path):
    (tmp_path / "log.csv").write_text(csv_text(), encoding="utf-8")
    bounded = attune.json("import", tmp_path / "log.csv", "--since", "1970-01-01T00:01:40Z", "--until", 300,
                          "--min-rating", 4, "--out", tmp_path / "d")  # fmt: skip
    assert (bounded["interactions"], bounded["left_out"]) == (1, 3)
    why = attune.refused("import", tmp_path / "log.csv", "--since", "soon", "--out", tmp_path / "d", status=2)
    assert "--since" in why
