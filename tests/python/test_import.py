"""Logs as people have them, and what happens when an import is killed."""

import random
import signal
import subprocess
import time

import numpy
import pytest

from datasets import histories, rows


@pytest.fixture
def log(tmp_path):
    def write(text, name="log.txt", encoding="utf-8"):
        (tmp_path / name).write_bytes(text.encode(encoding))
        return tmp_path / name

    return write


def test_a_delimiter_of_two_characters_and_columns_by_number(attune, log, tmp_path):
    path = log("1::10::5::300\n1::20::4::100\n2::10::3::200\n")
    columns = "user=1,item=2,rating=3,timestamp=4"
    attune("import", path, "--delimiter", "::", "--columns", columns, "--out", tmp_path / "d")
    assert histories(tmp_path / "d") == {"1": ["20", "10"], "2": ["10"]}
    assert [row["rating"] for row in rows(tmp_path / "d", "interactions")] == [4, 5, 3]


def test_columns_by_name_in_any_order(attune, log, tmp_path):
    path = log("when\twhat\twho\n5\ta\tu\n3\tb\tu\n")
    attune("import", path, "--columns", "user=who,item=what,timestamp=when", "--out", tmp_path / "d")
    assert histories(tmp_path / "d") == {"u": ["b", "a"]}


def test_identifiers_are_opaque_and_come_back_as_spelled(attune, log, tmp_path):
    ids = ["7", "007", "7.0", " 7", "Å", "電影", "1e3", "-0"]
    path = log("user\titem\n" + "".join(f"u{i % 2}\t{item}\n" for i, item in enumerate(ids)))
    attune("import", path, "--delimiter", "\\t", "--out", tmp_path / "d")
    assert [row["id"] for row in rows(tmp_path / "d", "items")] == ids
    attune("train", tmp_path / "d", "--model", "popularity", "--split", "none", "--out", tmp_path / "m")
    found = attune.json("recommend", tmp_path / "m", "--history", "", "--k", 20)
    assert sorted(entry["item"] for entry in found["items"]) == sorted(ids)


def test_equal_times_keep_the_order_of_the_file(attune, log, tmp_path):
    lines = [f"u{i % 3},i{(i * 7) % 101},{(i * 13) % 4}" for i in range(300)]
    attune("import", log("user,item,timestamp\n" + "\n".join(lines) + "\n"), "--out", tmp_path / "d")
    expected = {}
    for line in lines:
        user, item, when = line.split(",")
        expected.setdefault(user, []).append((int(when), item))
    for events in expected.values():
        events.sort(key=lambda event: event[0])
    assert histories(tmp_path / "d") == {user: [item for _, item in events] for user, events in expected.items()}


def test_pairs_and_sequences_keep_the_order_of_the_file(attune, log, tmp_path):
    attune("import", log("1 5\n1 3\n2 5\n1 4\n", "pairs.txt"), "--delimiter", " ", "--columns", "user=1,item=2",
           "--out", tmp_path / "pairs")  # fmt: skip
    assert histories(tmp_path / "pairs") == {"1": ["5", "3", "4"], "2": ["5"]}
    attune("import", log("1 5 3 4\n2 5\n", "sequences.txt"), "--format", "sequences", "--out", tmp_path / "sequences")
    assert histories(tmp_path / "sequences") == histories(tmp_path / "pairs")


def test_latin1_titles_become_utf8(attune, log, tmp_path):
    items = log("1::Les Misérables (1995)::Drama|Musical\n2::Ça ira::Drama\n", "items.dat", "latin1")
    attune("import", log("1::1\n1::2\n"), "--columns", "user=1,item=2", "--items", items, "--delimiter", "::",
           "--items-delimiter", "::", "--items-columns", "id=1,title=2,genres=3", "--encoding", "latin1",
           "--out", tmp_path / "d")  # fmt: skip
    found = rows(tmp_path / "d", "items")
    assert [row["title"] for row in found] == ["Les Misérables (1995)", "Ça ira"]
    assert found[0]["genres"] == ["Drama", "Musical"]


def test_bytes_that_are_not_utf8_are_refused_with_their_line_and_the_flag_to_pass(attune, log, tmp_path):
    why = attune.refused("import", log("user,item\nu,a\nu,é\n", encoding="latin1"), "--out", tmp_path / "d")
    assert "log.txt:3" in why and "latin1" in why
    assert not (tmp_path / "d").exists()


BAD_ROWS = {
    "a column too few": "u,i,4,100\nu,i,4\n",
    "a column too many": "u,i,4,100\nu,i,4,5,6\n",
    "a rating that is no number": "u,i,4,100\nu,i,four,100\n",
    "a time that is no time": "u,i,4,100\nu,i,4,yesterday\n",
    "an empty user": "u,i,4,100\n,i,4,100\n",
    "an empty item": "u,i,4,100\nu,,4,100\n",
}


@pytest.mark.parametrize("case", BAD_ROWS)
def test_a_bad_row_stops_the_import_or_is_skipped_and_counted(case, attune, log, tmp_path):
    path = log("user,item,rating,timestamp\n" + BAD_ROWS[case] + "u,j,3,200\n")
    why = attune.refused("import", path, "--out", tmp_path / "d")
    assert "log.txt:3" in why and "skip" in why
    assert not (tmp_path / "d").exists()
    done = attune("import", path, "--out", tmp_path / "d", "--on-bad-row", "skip", "--json")
    assert '"interactions": 2' in done.stdout or '"interactions":2' in done.stdout
    assert "log.txt:3" in done.stderr


def test_a_folder_that_is_no_dataset_is_not_replaced(attune, log, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("keep me", encoding="utf-8")
    why = attune.refused("import", log("user,item\nu,i\n"), "--out", tmp_path / "mine", status=2)
    assert "mine" in why
    assert (tmp_path / "mine" / "letter.txt").read_text(encoding="utf-8") == "keep me"


def big_log(path, events):
    random_numbers = numpy.random.default_rng(23)
    columns = [random_numbers.integers(0, 20_000, events), random_numbers.integers(0, 5_000, events)]
    columns += [random_numbers.integers(1, 6, events), random_numbers.integers(10**9, 2 * 10**9, events)]
    header = "user,item,rating,timestamp"
    numpy.savetxt(path, numpy.stack(columns, axis=1), fmt="%d", delimiter=",", header=header, comments="")


def fingerprint(attune, dataset):
    files = [(dataset / f"{name}.arrow").read_bytes() for name in ["interactions", "users", "items"]]
    return attune.json("info", dataset)["interactions"], files


def test_a_killed_import_leaves_the_dataset_before_or_the_one_after(attune, sample, tmp_path):
    dataset, path = tmp_path / "d", tmp_path / "big.csv"
    big_log(path, 400_000)
    words = [attune.path, "import", str(path), "--out", str(dataset), "--quiet"]
    started = time.monotonic()
    subprocess.run(words, check=True, capture_output=True)
    whole = time.monotonic() - started
    after = fingerprint(attune, dataset)
    draw, outcomes = random.Random(29), []
    for _ in range(15):
        attune("import", sample.folder / "log.csv", "--out", dataset)
        before = fingerprint(attune, dataset)
        with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            time.sleep(draw.uniform(0.02, 1.05) * whole)
            process.send_signal(signal.SIGKILL)
        outcomes.append(fingerprint(attune, dataset))
        assert outcomes[-1] in (before, after)
        assert before != after
    assert outcomes.count(after) < len(outcomes), "no import was killed in time"
    attune("import", path, "--out", dataset)
    assert fingerprint(attune, dataset) == after
