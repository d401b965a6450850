"""What tests read of a dataset's files."""

import pyarrow.ipc


def rows(dataset, name):
    with pyarrow.ipc.open_file(dataset / f"{name}.arrow") as file:
        return file.read_all().to_pylist()


def histories(dataset):
    """user -> items, in the order of the dataset."""
    users, items = rows(dataset, "users"), rows(dataset, "items")
    found = {}
    for row in rows(dataset, "interactions"):
        found.setdefault(users[row["user"]]["id"], []).append(items[row["item"]]["id"])
    return found
