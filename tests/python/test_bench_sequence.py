"""The page of sequence attention beside published figures is made from logs in a folder that $ATTUNE_DATA names."""

import os
import pathlib
import subprocess
import sys

TOOL = pathlib.Path(__file__).resolve().parents[2] / "tools" / "bench_sequence.py"


def test_it_measures_each_seed_once_and_shows_them_in_a_row(attune, tmp_path):
    for name in ["ml-1m", "ml-100k", "ml-latest-small", "amazon-beauty"]:
        (tmp_path / name).mkdir()
    beauty = tmp_path / "amazon-beauty"
    lines = [" ".join([str(u), *(str((7 * u + e) % 30) for e in range(6 + u % 4))]) for u in range(120)]
    (beauty / "s3rec-sequences.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (beauty / "items.tsv").write_text("item\ttitle\n" + "".join(f"{i}\tthing {i}\n" for i in range(30)))
    environment = os.environ | {"ATTUNE_BINARY": attune.path, "ATTUNE_DATA": str(tmp_path)}

    def run(*words, data=tmp_path):
        command = [sys.executable, TOOL, "--only", "4", "--work", tmp_path / "work", *map(str, words)]
        return subprocess.run(command, capture_output=True, text=True, env=environment | {"ATTUNE_DATA": str(data)})

    done = run("--seeds", 2, "--commit", "abc", "--out", tmp_path / "page.md")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "page.md").read_text(encoding="utf-8") == done.stdout
    row = next(line for line in done.stdout.splitlines() if line.startswith("| defaults |"))
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[:3] == ["defaults", "amazon-beauty", "1, 2"]
    assert float(cells[3].split()[0]) > 0.5 and cells[5:7] == ["", ""]  # what follows is certain
    more = run("--seeds", 3, "--commit", "def")
    assert "1, 2, 3" in more.stdout and "commit abc" in more.stdout and "commit def" in more.stdout
    assert "missing in it" in run(data=tmp_path / "amazon-beauty").stderr
