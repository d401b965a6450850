#!/usr/bin/env python3
"""Downloads public data sets from their publishers, checks them and unpacks them.

    tools/fetch_data.py --list
    tools/fetch_data.py ml-1m amazon-beauty-2014 --out data

Research terms apply; --list names each publisher's page. A file is checked against the hash that its publisher gives,
or, where the publisher gives none, against that of the first download, which is kept in SHA256SUMS beside it. A file
that is there and fits is not downloaded again. Sets that may be had only by hand are listed with the steps.
"""

import argparse
import dataclasses
import gzip
import hashlib
import os
import pathlib
import shutil
import sys
import tarfile
import urllib.error
import urllib.parse
import urllib.request
import zipfile

GROUPLENS = "https://files.grouplens.org/datasets/movielens/"
AMAZON_2014 = "https://snap.stanford.edu/data/amazon/productGraph/categoryFiles/"
AMAZON_2018 = "https://mcauleylab.ucsd.edu/public_datasets/data/amazon_v2/categoryFilesSmall/"
AMAZON_2023 = "https://mcauleylab.ucsd.edu/public_datasets/data/amazon_2023/"
STEAM = "https://cseweb.ucsd.edu/~wckang/"

PIECE = 1 << 20
HEX_DIGITS = set("0123456789abcdef")


@dataclasses.dataclass
class Set:
    page: str  # the publisher's, with terms
    files: list = dataclasses.field(default_factory=list)  # addresses
    hash_beside: bool = False  # whether the publisher puts ADDRESS.md5 beside each
    pinned: dict = dataclasses.field(default_factory=dict)  # file name -> (algorithm, digest)
    by_hand: str = ""  # the steps, where a program may not download


MOVIELENS = "https://grouplens.org/datasets/movielens/"
SETS = {
    "ml-100k": Set(MOVIELENS, [GROUPLENS + "ml-100k.zip"], hash_beside=True),
    "ml-1m": Set(MOVIELENS, [GROUPLENS + "ml-1m.zip"], hash_beside=True,
                 pinned={"ml-1m.zip": ("md5", "c4d9eecfca2ab87c1945afe126590906")}),
    "ml-10m": Set(MOVIELENS, [GROUPLENS + "ml-10m.zip"], hash_beside=True,
                  pinned={"ml-10m.zip": ("md5", "ce571fd55effeba0271552578f2648bd")}),
    "ml-20m": Set(MOVIELENS, [GROUPLENS + "ml-20m.zip"], hash_beside=True),
    "ml-25m": Set(MOVIELENS, [GROUPLENS + "ml-25m.zip"], hash_beside=True),
    "ml-32m": Set(MOVIELENS, [GROUPLENS + "ml-32m.zip"], hash_beside=True),
    "ml-latest-small": Set(MOVIELENS, [GROUPLENS + "ml-latest-small.zip"]),
    "amazon-beauty-2014": Set("https://cseweb.ucsd.edu/~jmcauley/datasets/amazon/links.html",
                              [AMAZON_2014 + "ratings_Beauty.csv", AMAZON_2014 + "reviews_Beauty_5.json.gz"]),
    "amazon-beauty-2018": Set("https://nijianmo.github.io/amazon/", [AMAZON_2018 + "All_Beauty.csv"]),
    "amazon-games-2018": Set("https://nijianmo.github.io/amazon/", [AMAZON_2018 + "Video_Games.csv"]),
    "amazon-games-2023": Set("https://amazon-reviews-2023.github.io/",
                             [AMAZON_2023 + "benchmark/5core/rating_only/Video_Games.csv.gz",
                              AMAZON_2023 + "raw/meta_categories/meta_Video_Games.jsonl.gz"]),
    "steam": Set("https://cseweb.ucsd.edu/~jmcauley/datasets.html#steam_data",
                 [STEAM + "steam_reviews.json.gz", STEAM + "steam_games.json.gz"]),
    "yoochoose": Set("https://2015.recsyschallenge.com/challenge.html",
                     ["https://s3-eu-west-1.amazonaws.com/yc-rdata/yoochoose-data.7z"]),
    "yelp": Set("https://www.yelp.com/dataset", by_hand="agree to the terms on the page, download the JSON archive and "
                "unpack it: tar xf yelp_dataset.tar"),
    "diginetica": Set("https://competitions.codalab.org/competitions/11161", by_hand="sign in, download "
                      "dataset-train-diginetica.zip under Participate and unpack it"),
}


class Refused(Exception):
    """Why a set could not be had, in words for a person."""


def digest(path, algorithm):
    hasher = hashlib.new(algorithm)
    with open(path, "rb") as file:
        while piece := file.read(PIECE):
            hasher.update(piece)
    return hasher.hexdigest()


def name_of(address):
    return pathlib.PurePosixPath(urllib.parse.urlsplit(address).path).name


def open_address(address):
    request = urllib.request.Request(address, headers={"User-Agent": "attune-fetch-data"})
    try:
        return urllib.request.urlopen(request, timeout=60)
    except urllib.error.HTTPError as failure:
        raise Refused(f"{address}: the server says {failure.code} {failure.reason}. Has the publisher moved it? "
                      "See the set's page.") from failure
    except (urllib.error.URLError, TimeoutError, OSError) as failure:
        reason = getattr(failure, "reason", failure)
        raise Refused(f"{address}: cannot be reached ({reason}). Is this machine online? Nothing was changed. "
                      "Download it elsewhere and put the file into the folder, or try again later.") from failure


def download(address, target):
    """Writes the file aside and renames it when it is whole."""
    partial = target.with_name(target.name + ".partial")
    try:
        with open_address(address) as source, open(partial, "wb") as file:
            expected = source.headers.get("Content-Length")
            shutil.copyfileobj(source, file, PIECE)
            if expected is not None and file.tell() != int(expected):
                raise Refused(f"{address}: {file.tell()} bytes came of {expected}. Try again.")
        os.replace(partial, target)
    except OSError as failure:
        raise Refused(f"{target}: cannot be written ({failure.strerror or failure}).") from failure
    finally:
        partial.unlink(missing_ok=True)


def published_hash(address, entry):
    """(algorithm, digest) that the publisher gives; none when there is none."""
    if name_of(address) in entry.pinned:
        return entry.pinned[name_of(address)]
    if not entry.hash_beside:
        return None
    with open_address(address + ".md5") as source:
        text = source.read(4096).decode("ascii", errors="replace")
    words = [word for word in text.replace("=", " ").split() if len(word) == 32 and set(word) <= HEX_DIGITS]
    if len(words) != 1:
        raise Refused(f"{address}.md5: holds no MD5 to check by: {text[:80]!r}")
    return ("md5", words[0])


def read_sums(folder):
    path = folder / "SHA256SUMS"
    if not path.exists():
        return {}
    return {line.split("  ", 1)[1]: line.split("  ", 1)[0] for line in path.read_text().splitlines() if "  " in line}


def check(path, known, folder):
    """Compares the file with what is known of it; what nobody has published is remembered."""
    sums = read_sums(folder)
    if known is None and path.name in sums:
        known = ("sha256", sums[path.name])
    if known is not None:
        algorithm, wanted = known
        found = digest(path, algorithm)
        if found != wanted:
            raise Refused(f"{path}: {algorithm} {found}; expected {wanted}. It is damaged, or the publisher has "
                          f"changed it. Delete it and try again; if it stays so, see the set's page.")
        return f"{algorithm} as {'published' if path.name not in sums else 'the first time'}"
    sums[path.name] = digest(path, "sha256")
    (folder / "SHA256SUMS").write_text("".join(f"{value}  {name}\n" for name, value in sorted(sums.items())))
    return f"no hash is published; sha256 {sums[path.name]} is kept in SHA256SUMS"


def unpack(path, folder):
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                place = (folder / member.filename).resolve()
                if not place.is_relative_to(folder.resolve()):
                    raise Refused(f"{path}: names {member.filename!r}, which lies outside of the folder")
            archive.extractall(folder)
    elif path.name.endswith((".tar", ".tar.gz", ".tgz")):
        with tarfile.open(path) as archive:
            archive.extractall(folder, filter="data")
    elif path.suffix == ".gz":
        with gzip.open(path) as source, open(path.with_suffix(".partial"), "wb") as file:
            shutil.copyfileobj(source, file, PIECE)
        os.replace(path.with_suffix(".partial"), path.with_suffix(""))
    elif path.suffix == ".7z":
        print(f"  unpack it: 7z x {path} -o{folder}")


def fetch(name, entry, out, say):
    if entry.by_hand:
        raise Refused(f"{name}: its publisher gives it to people alone: {entry.page}\n  {entry.by_hand}")
    folder = out / name
    folder.mkdir(parents=True, exist_ok=True)
    for address in entry.files:
        path = folder / name_of(address)
        known = published_hash(address, entry) if not path.exists() or entry.hash_beside else None
        if path.exists():
            say(f"{path}: is there, {check(path, known, folder)}")
            continue
        say(f"{path}: from {address}")
        download(address, path)
        try:
            say(f"  {check(path, known, folder)}")
        except Refused:
            path.unlink()
            raise
        unpack(path, folder)


def list_sets():
    for name, entry in SETS.items():
        print(f"{name:20} {entry.page}{'   (by hand)' if entry.by_hand else ''}")


def with_base(entry, base):
    """The same files from another address: a mirror."""
    return dataclasses.replace(entry, files=[base.rstrip("/") + "/" + name_of(file) for file in entry.files])


def main(words=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*", metavar="SET", help="which sets; --list says which there are")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("data"), help="where to put them [data]")
    parser.add_argument("--mirror", metavar="ADDRESS", help="take the files from this address instead, same names")
    parser.add_argument("--list", action="store_true", help="the sets and their publishers")
    args = parser.parse_args(words)
    if args.list:
        list_sets()
        return 0
    if not args.sets:
        parser.error("which sets? --list says which there are")
    unknown = [name for name in args.sets if name not in SETS]
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}; there are {', '.join(SETS)}")
    failed = 0
    for name in args.sets:
        entry = with_base(SETS[name], args.mirror) if args.mirror else SETS[name]
        try:
            fetch(name, entry, args.out, print)
        except Refused as why:
            print(f"fetch_data: {why}", file=sys.stderr)
            failed += 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
