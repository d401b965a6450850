"""Public logs that quality is measured on, and how each is imported. They lie in a folder that $ATTUNE_DATA names; none
is part of the project."""

import os
import pathlib
import sys

_DAT = ["--delimiter", "::", "--columns", "user=1,item=2,rating=3,timestamp=4", "--encoding", "latin1"]

# name -> what follows `attune import`; paths are relative to the folder of data.
IMPORTS = {
    "ml-1m": ["ml-1m/ratings.dat", *_DAT, "--items", "ml-1m/movies.dat", "--items-columns", "id=1,title=2,genres=3"],
    "ml-1m, order of the papers": ["ml-1m/sasrec-order/ml-1m.txt", "--columns", "user=1,item=2"],
    "ml-100k": [
        "ml-100k/ml-100k.inter",
        "--columns", "user=user_id,item=item_id,rating=rating,timestamp=timestamp",
        "--items", "ml-100k/ml-100k.item",
        "--items-columns", "id=item_id,title=movie_title,genres=class",
    ],
    "ml-latest-small": [
        "ml-latest-small/ratings.csv",
        "--columns", "user=userId,item=movieId,rating=rating,timestamp=timestamp",
        "--items", "ml-latest-small/movies.csv",
        "--items-columns", "id=movieId",
    ],
    "amazon-beauty": [
        "amazon-beauty/s3rec-sequences.txt", "--format", "sequences",
        "--items", "amazon-beauty/items.tsv", "--items-columns", "id=item",
    ],
    # Times are days, and 287 events have none.
    "amazon-beauty, dated": [
        "amazon-beauty/interactions.tsv", "--on-bad-row", "skip",
        "--columns", "user=user,item=item,timestamp=timestamp",
        "--items", "amazon-beauty/items.tsv", "--items-columns", "id=item",
    ],
}  # fmt: skip

FOLDERS = sorted({words[0].split("/")[0] for words in IMPORTS.values()})
HAS_TIMES = {"ml-1m", "ml-100k", "ml-latest-small", "amazon-beauty, dated"}


def splits(name):
    """The splits that a set is measured under: its own order where it has no times of its own."""
    if name == "amazon-beauty, dated":
        return ["time"]
    return ["leave-one-out", "time"] if name in HAS_TIMES else ["leave-one-out"]


def import_words(name, data):
    """The words after `attune import`, with paths into the folder `data`."""
    return [str(data / word) if word.split("/")[0] in FOLDERS and "/" in word else word for word in IMPORTS[name]]


def folder():
    """What $ATTUNE_DATA names; None if it is not set."""
    return pathlib.Path(os.environ["ATTUNE_DATA"]).resolve() if os.environ.get("ATTUNE_DATA") else None


def whole_folder():
    """The same where all logs are in it; otherwise the program ends and says what is missing."""
    data = folder()
    absent = missing(data)
    if absent:
        sys.exit(f"$ATTUNE_DATA must name a folder of public logs; missing in it: {', '.join(absent)}")
    return data


def missing(data):
    """Folders that are not there; all of them when no folder of data is named."""
    return [name for name in FOLDERS if data is None or not (data / name).is_dir()]
