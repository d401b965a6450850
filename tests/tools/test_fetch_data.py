"""Fetching data sets, against a server of our own: what fits is taken, what does not is refused."""

import functools
import hashlib
import http.server
import importlib.util
import pathlib
import threading
import zipfile

import pytest

TOOLS = pathlib.Path(__file__).resolve().parents[2] / "tools"


@pytest.fixture
def tool():
    spec = importlib.util.spec_from_file_location("fetch_data", TOOLS / "fetch_data.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def server(tmp_path):
    """A folder and the address under which it is served."""
    folder = tmp_path / "served"
    folder.mkdir()
    handler = functools.partial(Quiet, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as http_server:
        thread = threading.Thread(target=http_server.serve_forever)
        thread.start()
        yield folder, f"http://127.0.0.1:{http_server.server_port}"
        http_server.shutdown()
        thread.join()


def write_zip(path, content="user,item\n"):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("ml-100k/u.data", content)
    return hashlib.md5(path.read_bytes()).hexdigest()


def run(tool, address, out, *sets):
    return tool.main([*sets, "--out", str(out), "--mirror", address])


def test_a_file_that_fits_its_published_hash_is_unpacked(tool, server, tmp_path, capsys):
    folder, address = server
    md5 = write_zip(folder / "ml-100k.zip")
    (folder / "ml-100k.zip.md5").write_text(f"MD5 (ml-100k.zip) = {md5}\n")
    assert run(tool, address, tmp_path / "data", "ml-100k") == 0
    assert (tmp_path / "data/ml-100k/ml-100k/u.data").read_text() == "user,item\n"
    assert "md5 as published" in capsys.readouterr().out
    assert run(tool, address, tmp_path / "data", "ml-100k") == 0
    assert "is there" in capsys.readouterr().out


def test_a_file_that_does_not_fit_is_refused_and_deleted(tool, server, tmp_path, capsys):
    folder, address = server
    write_zip(folder / "ml-100k.zip")
    (folder / "ml-100k.zip.md5").write_text("0" * 32 + "  ml-100k.zip\n")
    assert run(tool, address, tmp_path / "data", "ml-100k") == 1
    assert "expected 00000000" in capsys.readouterr().err
    assert list((tmp_path / "data/ml-100k").iterdir()) == []


def test_without_a_published_hash_the_first_one_is_remembered(tool, server, tmp_path, capsys):
    folder, address = server
    (folder / "All_Beauty.csv").write_text("i,u,5.0,1\n")
    assert run(tool, address, tmp_path / "data", "amazon-beauty-2018") == 0
    assert "kept in SHA256SUMS" in capsys.readouterr().out
    path = tmp_path / "data/amazon-beauty-2018/All_Beauty.csv"
    path.write_text("changed")
    assert run(tool, address, tmp_path / "data", "amazon-beauty-2018") == 1
    assert "sha256" in capsys.readouterr().err


def test_without_a_network_it_says_so_politely(tool, tmp_path, capsys):
    assert run(tool, "http://127.0.0.1:9", tmp_path / "data", "ml-1m") == 1
    said = capsys.readouterr().err
    assert "cannot be reached" in said and "Is this machine online?" in said and "Traceback" not in said
    assert list((tmp_path / "data/ml-1m").iterdir()) == []


def test_what_the_server_does_not_have_is_named(tool, server, tmp_path, capsys):
    assert run(tool, server[1], tmp_path / "data", "amazon-beauty-2018") == 1
    assert "404" in capsys.readouterr().err


def test_sets_that_need_a_person_say_how(tool, tmp_path, capsys):
    assert tool.main(["yelp", "--out", str(tmp_path)]) == 1
    assert "agree to the terms" in capsys.readouterr().err


def test_an_archive_writes_nothing_outside(tool, server, tmp_path):
    folder, address = server
    with zipfile.ZipFile(folder / "ml-latest-small.zip", "w") as archive:
        archive.writestr("../../outside", "x")
    assert run(tool, address, tmp_path / "data", "ml-latest-small") == 1
    assert not (tmp_path / "outside").exists()


def test_every_set_has_files_or_steps(tool):
    for name, entry in tool.SETS.items():
        assert entry.page.startswith("https://"), name
        assert bool(entry.files) != bool(entry.by_hand), name
        assert all(address.startswith("https://") for address in entry.files), name
