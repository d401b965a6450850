import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))


@pytest.fixture
def root():
    return ROOT


@pytest.fixture
def run_tool():
    """Runs tools/NAME.py on a folder; gives (exit status, list of findings)."""

    def run(name, folder):
        done = subprocess.run(
            [sys.executable, str(ROOT / "tools" / f"{name}.py"), "--root", str(folder)], capture_output=True, text=True
        )
        assert done.stderr == ""
        return done.returncode, done.stdout.splitlines()

    return run


@pytest.fixture
def write(tmp_path):
    """Writes files of a small project, named by their paths, and gives its folder."""

    def put(files):
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path

    return put
