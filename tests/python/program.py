"""The program as tests drive it, and the sample that it writes."""

import csv
import json
import subprocess


class Program:
    """Runs attune and checks its exit status."""

    def __init__(self, path):
        self.path = path

    def __call__(self, *words, status=0, timeout=900, **kwargs):
        words = [str(word) for word in words]
        done = subprocess.run([self.path, *words], capture_output=True, text=True, timeout=timeout, **kwargs)
        told = f"attune {' '.join(words)}\nexit {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        assert done.returncode == status, told
        return done

    def json(self, *words, **kwargs):
        """The document that --json prints, which must be the only thing on standard output."""
        return json.loads(self(*words, "--json", **kwargs).stdout)

    def refused(self, *words, status=1, **kwargs):
        """Why the program refuses: its words on standard error; nothing may be on standard output."""
        done = self(*words, status=status, **kwargs)
        assert done.stdout == ""
        assert done.stderr.strip()
        return done.stderr


class Sample:
    """What `attune sample` wrote, its tables as lists of dictionaries, and the dataset that it is imported to."""

    def __init__(self, attune, folder, *size):
        self.folder = folder
        attune("sample", "--out", folder, *size, "--no-covers")
        self.log = read_csv(folder / "log.csv")
        self.items = read_csv(folder / "items.csv")
        self.users = read_csv(folder / "users.csv")
        self.dataset = folder / "dataset"
        attune("import", folder / "log.csv", *self.tables(), "--out", self.dataset)

    def tables(self):
        return ["--items", self.folder / "items.csv", "--users", self.folder / "users.csv"]


def read_csv(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
