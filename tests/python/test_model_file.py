"""A model file is a safetensors file that others can read, holds no user, and is refused once damaged."""

import json
import random

import numpy
import pytest
import safetensors.numpy
from safetensors import safe_open

MODELS = ["popularity", "similarity", "recent-popularity", "item-knn", "user-knn", "ease", "ials", "content", "hybrid"]


@pytest.mark.parametrize("name", MODELS)
def test_the_safetensors_package_reads_it(name, sample, train):
    with safe_open(train(name), framework="numpy") as file:
        metadata = file.metadata()
        tensors = {key: file.get_tensor(key) for key in file.keys()}
    for key in ["attune.format", "attune.model", "attune.config", "attune.split", "attune.seed", "attune.checksums",
                "attune.header"]:  # fmt: skip
        assert metadata[key], key
    assert metadata["attune.model"] == name
    assert json.loads(metadata["attune.split"])["split"] == "leave-one-out"
    assert isinstance(json.loads(metadata["attune.config"]), dict)
    assert set(json.loads(metadata["attune.checksums"])) == set(tensors)
    for key, value in tensors.items():
        assert value.dtype.kind in "ui" or numpy.isfinite(value).all(), key


def texts(tensors, name):
    offsets, data = tensors[f"items.{name}_offsets"], tensors[f"items.{name}_bytes"].tobytes()
    return [data[a:b].decode() for a, b in zip(offsets[:-1], offsets[1:])]


@pytest.mark.parametrize("name", MODELS)
def test_it_holds_identifiers_and_titles_of_the_items(name, sample, train):
    tensors = safetensors.numpy.load_file(train(name))
    ids, titles = texts(tensors, "id"), texts(tensors, "title")
    about = {row["item"]: row["title"] for row in sample.items}
    assert sorted(ids) == sorted(about)
    assert titles == [about[item] for item in ids]


@pytest.mark.parametrize("name", MODELS)
def test_it_holds_no_user(name, attune, sample, tmp_path):
    people = {}
    lines = ["user,item,rating,timestamp"]
    for event in sample.log:
        person = people.setdefault(event["user"], f"person-{len(people):06}@example.org")
        lines.append(f"{person},{event['item']},{event['rating']},{event['timestamp']}")
    (tmp_path / "log.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    table = ["id,city"] + [f"{person},Springfield-{i}" for i, person in enumerate(people.values())]
    (tmp_path / "people.csv").write_text("\n".join(table) + "\n", encoding="utf-8")
    attune("import", tmp_path / "log.csv", "--items", sample.folder / "items.csv", "--users", tmp_path / "people.csv",
           "--out", tmp_path / "dataset")  # fmt: skip
    attune("train", tmp_path / "dataset", "--model", name, "--out", tmp_path / "model")
    data = (tmp_path / "model").read_bytes()
    assert b"example.org" in (tmp_path / "dataset" / "users.arrow").read_bytes()
    for person in people.values():
        assert person.encode() not in data
    assert b"example.org" not in data and b"Springfield" not in data


@pytest.mark.parametrize("name", MODELS)
def test_the_same_seed_gives_the_same_bytes_for_any_number_of_threads(name, attune, sample, tmp_path):
    files = []
    for threads in [1, 2, 5]:
        attune("train", sample.dataset, "--model", name, "--out", tmp_path / "model", "--threads", threads)
        files.append((tmp_path / "model").read_bytes())
    assert files[0] == files[1] == files[2]


@pytest.fixture(scope="module")
def small_model(attune, tmp_path_factory):
    """A model of a few items, so that damage hits each part of it."""
    folder = tmp_path_factory.mktemp("small")
    lines = [f"u{user},i{(user * item) % 7},{user + item}" for user in range(8) for item in range(4)]
    (folder / "log.csv").write_text("user,item,timestamp\n" + "\n".join(lines) + "\n", encoding="utf-8")
    attune("import", folder / "log.csv", "--out", folder / "dataset")
    attune("train", folder / "dataset", "--model", "similarity", "--split", "none", "--out", folder / "model")
    return folder / "model"


def refused(attune, path):
    why = attune.refused("info", path)
    assert str(path) in why
    return why


def test_a_flipped_bit_is_refused_wherever_it_is(attune, small_model, tmp_path):
    data = small_model.read_bytes()
    draw = random.Random(1)
    for _ in range(300):
        damaged = bytearray(data)
        damaged[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
        (tmp_path / "damaged").write_bytes(damaged)
        refused(attune, tmp_path / "damaged")


def test_a_truncated_or_longer_file_is_refused(attune, small_model, tmp_path):
    data = small_model.read_bytes()
    draw = random.Random(2)
    lengths = {0, 1, 7, 8, 9, len(data) - 1} | {draw.randrange(len(data)) for _ in range(60)}
    for length in lengths:
        (tmp_path / "damaged").write_bytes(data[:length])
        refused(attune, tmp_path / "damaged")
    (tmp_path / "damaged").write_bytes(data + b"\0")
    refused(attune, tmp_path / "damaged")


HEADERS = {
    "a length beyond the file": (2**40).to_bytes(8, "little") + b"{}",
    "the largest length": b"\xff" * 8 + b"{}",
    "no JSON": (4).to_bytes(8, "little") + b"abcd",
    "deep brackets": (100_000).to_bytes(8, "little") + b"[" * 100_000,
    "offsets beyond the file": b'{"t":{"dtype":"F32","shape":[1000000000000],"data_offsets":[0,4000000000000]}}',
    "a product that overflows": b'{"t":{"dtype":"F32","shape":[4294967296,4294967296,4],"data_offsets":[0,0]}}',
    "descending offsets": b'{"t":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}}',
    "an unknown type": b'{"t":{"dtype":"Q9","shape":[1],"data_offsets":[0,1]}}\0',
    "metadata that is no text": b'{"__metadata__":{"attune.format":1}}',
}


@pytest.mark.parametrize("case", HEADERS)
def test_a_hostile_header_is_refused(case, attune, tmp_path):
    data = HEADERS[case]
    if data.startswith(b"{"):
        data = len(data).to_bytes(8, "little") + data
    (tmp_path / "hostile").write_bytes(data)
    refused(attune, tmp_path / "hostile")


def test_a_file_of_another_program_is_refused_as_no_model(attune, tmp_path):
    safetensors.numpy.save_file({"weights": numpy.ones((3, 4), dtype=numpy.float32)}, tmp_path / "foreign")
    refused(attune, tmp_path / "foreign")
