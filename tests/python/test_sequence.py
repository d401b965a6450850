"""Training sequence attention from outside: killed and resumed, logged, interrupted, and what is refused."""

import json
import os
import random
import signal
import subprocess
import time

import pytest

LONG = 800  # epochs, enough not to be over before an interruption


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    """A folder with a dataset of users who go round a circle of thirty items."""
    folder = tmp_path_factory.mktemp("circle")
    lines = ["user,item"]
    lines += [f"u{u},i{(7 * u + e) % 30}" for u in range(200) for e in range(10 + u % 7)]
    (folder / "log.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def dataset(log, attune):
    attune("import", log / "log.csv", "--out", log / "dataset")
    return log / "dataset"


def words(dataset, out, epochs):
    return ["train", dataset, "--model", "sequence", "--split", "leave-one-out", "--width", "16", "--patience", "10000",
            "--epochs", str(epochs), "--evaluate-every", str(epochs), "--out", out]


def interrupted(attune, command):
    """Begins training, ends it with Ctrl-C once it is under way, and says what it said."""
    process = subprocess.Popen([attune.path, *map(str, command)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                               text=True)
    time.sleep(2)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 1 and "--resume" in said, said
    return said


def test_what_follows_is_learned_and_written_to_a_log(dataset, attune, tmp_path):
    flags = ["--learning-rate", "0.01", "--log", tmp_path / "log.jsonl"]
    done = attune.json(*words(dataset, tmp_path / "model", 60), *flags)
    assert done["metrics"]["ndcg@10"] > 0.9
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["epoch"] for line in lines] == list(range(1, 61))
    assert lines[-1]["loss"] < lines[0]["loss"] and "valid_ndcg@10" in lines[-1]
    assert not os.path.exists(tmp_path / "model.checkpoint")
    best = attune.json("recommend", tmp_path / "model", "--history", "i3,i4,i5", "--k", "1")["items"]
    assert best[0]["item"] == "i6"


def test_ctrl_c_leaves_a_checkpoint_and_resuming_gives_the_same_bytes(dataset, attune, tmp_path):
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    attune(*words(dataset, whole, LONG))
    interrupted(attune, words(dataset, cut, LONG))
    assert (tmp_path / "cut.checkpoint").exists() and not cut.exists()
    attune(*words(dataset, cut, LONG), "--resume", "--threads", "1")
    assert cut.read_bytes() == whole.read_bytes()
    assert not (tmp_path / "cut.checkpoint").exists()


def test_a_checkpoint_of_other_settings_is_refused(dataset, attune, tmp_path):
    interrupted(attune, words(dataset, tmp_path / "m", LONG))
    why = attune.refused(*words(dataset, tmp_path / "m", LONG), "--resume", "--dropout", "0.4", status=2)
    assert "other settings" in why


def test_no_output_takes_the_place_of_an_input(dataset, attune, tmp_path):
    before = (dataset / "manifest.json").read_bytes()
    attune.refused(*words(dataset, tmp_path / "m", 1), "--log", dataset / "manifest.json", status=2)
    assert (dataset / "manifest.json").read_bytes() == before


def test_settings_that_do_not_fit_are_refused(dataset, attune, tmp_path):
    for flags, part, status in [(["--preset", "foo"], "esasrec", 2), (["--heads", "3"], "divisor", 2),
                                (["--time-bias", "yes"], "no times", 2),
                                (["--warm-start", "nowhere"], "no such file", 1)]:
        assert part in attune.refused(*words(dataset, tmp_path / "m", 1), *flags, status=status)


def test_a_model_that_knows_the_time_of_what_is_predicted(attune, tmp_path):
    """Within seconds the next item follows, after a day the one 13 on: only who knows the gap can tell."""
    draw = random.Random(5)
    lines = ["user,item,timestamp"]
    for u in range(400):
        item, now = draw.randrange(40), 1_000_000_000
        for _ in range(7):
            lines.append(f"u{u},i{item},{now}")
            soon = draw.random() < 0.5
            item, now = (item + (1 if soon else 13)) % 40, now + (2 if soon else 86400)
    (tmp_path / "log.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    attune("import", tmp_path / "log.csv", "--out", tmp_path / "dataset")

    def ranked(name, *flags):
        attune(*words(tmp_path / "dataset", tmp_path / name, 120), "--preset", "hstu", "--learning-rate", "0.01",
               *flags)
        return attune.json("evaluate", tmp_path / name, tmp_path / "dataset")

    known, ignored = ranked("known", "--query-time", "known"), ranked("ignored")
    assert known["protocol"]["query_time"] == "known" and ignored["protocol"]["query_time"] == "ignored"
    assert known["metrics"]["mrr@5"] > 0.95 and ignored["metrics"]["mrr@5"] < 0.9
    assert "knew when" in attune("evaluate", tmp_path / "known", tmp_path / "dataset").stdout

    right = 0
    for u in range(10):
        _, newest, then = lines[7 * (u + 1)].split(",")
        for gap, step in [(2, 1), (86400, 13)]:
            found = attune.json("recommend", tmp_path / "known", tmp_path / "dataset", "--user", f"u{u}", "--k", "1",
                                "--seen", "keep", "--when", int(then) + gap)
            right += found["items"][0]["item"] == f"i{(int(newest[1:]) + step) % 40}"
    assert right >= 16
    user = [tmp_path / "dataset", "--user", "u0", "--k", "1"]
    assert attune.json("recommend", tmp_path / "known", *user, "--when", "now")["items"]
    assert "--when now" in attune.refused("recommend", tmp_path / "known", *user, status=2)
    assert "is no time" in attune.refused("recommend", tmp_path / "known", *user, "--when", "soon", status=2)
    assert "does not use" in attune.refused("recommend", tmp_path / "ignored", *user, "--when", "now", status=2)
    assert "no times" in attune.refused("recommend", tmp_path / "known", "--history", "i3", "--when", "now", status=2)
    assert attune.json("recommend", tmp_path / "known", "--history", "i3", "--k", "1")["items"]
