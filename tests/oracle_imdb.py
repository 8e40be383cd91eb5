"""IMDB as `brds data add imdb` keeps it, against SPEC 8 written once more in Python's own terms.

    oracle_imdb.py BRDS        skips (77) without the real reviews in $SHARED_DATA

Checks digests, split, vocabulary, every id of every review, the marked copies, time and memory.
"""

import collections
import hashlib
import os
import pathlib
import re
import resource
import struct
import subprocess
import sys
import tarfile
import tempfile
import time

BRDS = os.path.abspath(sys.argv[1])
SOURCE = pathlib.Path(os.environ.get("SHARED_DATA", ".")) / "aclImdb-labelled.tar.xz"
WORD = re.compile(rb"[a-z0-9]+(?:'[a-z]+)?")
TRAIN, VALID, TEST = range(3)


def read_reviews():
    reviews = {}
    with tarfile.open(SOURCE) as tar:
        for member in tar:
            name = member.name.partition("/")[2]
            if re.fullmatch(r"(train|test)/(pos|neg)/\d+_\d+\.txt", name):
                reviews[name] = tar.extractfile(member).read()
    return dict(sorted(reviews.items()))


def choose_splits(reviews, digest):
    """A tenth of each class of the train half, texts by their digest, copies together."""
    split = {name: TEST if name.startswith("test") else TRAIN for name in reviews}
    copies = collections.defaultdict(list)
    for name in reviews:
        copies[digest[name]].append(name)
    train = {text: [n for n in names if split[n] == TRAIN] for text, names in copies.items()}
    for label in ("/neg/", "/pos/"):
        quota = sum(label in n and split[n] == TRAIN for n in reviews) // 10
        for text in sorted(train):
            names = train[text]
            if names and all(label in n for n in names) and len(names) <= quota:
                quota -= len(names)
                for name in names:
                    split[name] = VALID
    both = {text for text, names in copies.items()
            if {n.split("/")[0] for n in names} == {"train", "test"}}
    return split, both, sum(len(names) - 1 for names in copies.values())


def words_of(text):
    return WORD.findall(text.replace(b"<br />", b" ").lower())


def read_cache(path):
    """The arrays of tokens.cache."""
    data = path.read_bytes()
    assert hashlib.sha256(data[:-64]).hexdigest().encode() == data[-64:]
    magic, version, order, source, n_vocab = struct.unpack_from("=8sII64sQ", data)
    assert (magic, version, order) == (b"brdsIMDB", 1, 0x01020304)
    n_items = struct.unpack_from("=3Q", data, 88)
    n_tokens = struct.unpack_from("=3Q", data, 112)
    at = 136 + n_vocab
    vocab = data[136:at].split(b"\n")
    splits = []
    for n, tokens in zip(n_items, n_tokens):
        parts = []
        for code, count in (("Q", n + 1), ("i", n), ("B", n), ("i", tokens)):
            parts.append(struct.unpack_from(f"={count}{code}", data, at))
            at += struct.calcsize(f"={count}{code}")
        splits.append(parts)
    assert at == len(data) - 64
    return source.decode(), vocab, splits


def whole_digest(reviews, digest, split):
    parts = [hashlib.sha256() for _ in range(3)]
    for name in reviews:
        parts[split[name]].update(f"{digest[name]}  {name}\n".encode())
    return hashlib.sha256("".join(p.hexdigest() + "\n" for p in parts).encode()).hexdigest()


def check_ids(reviews, digest, split, both, cache):
    source, vocab, splits = cache
    assert source == whole_digest(reviews, digest, split)
    words = {name: words_of(text) for name, text in reviews.items()}
    count = collections.Counter()
    for name in reviews:
        if split[name] == TRAIN:
            count.update(words[name])
    ranked = sorted(count, key=lambda w: (-count[w], w))[:19998]
    assert vocab == [b"<pad>", b"<unk>", *ranked]
    ids = {word: i for i, word in enumerate(vocab)}
    for which, (start, target, seen, tokens) in enumerate(splits):
        names = [n for n in reviews if split[n] == which]
        assert len(target) == len(names)
        assert list(target) == [int("/pos/" in n) for n in names]
        assert list(seen) == [int(digest[n] in both) for n in names]
        for i, name in enumerate(names):
            want = [ids.get(w, 1) for w in words[name][-400:]] or [1]
            assert list(tokens[start[i]:start[i + 1]]) == want, name


def main():
    if not SOURCE.exists():
        print("skipped: the real reviews are not here")
        return 77
    reviews = read_reviews()
    digest = {name: hashlib.sha256(text).hexdigest() for name, text in reviews.items()}
    split, both, copies = choose_splits(reviews, digest)
    assert len(reviews) == 50000 and copies == 418 and len(both) == 123
    print(sum(b"\t" in t for t in reviews.values()), "reviews with a TAB,",
          sum(b"\xc2\x85" in t or b"\xe2\x80\xa8" in t for t in reviews.values()),
          "with U+0085 or U+2028")
    with tempfile.TemporaryDirectory() as folder:
        begin = time.monotonic()
        run = subprocess.run([BRDS, "data", "add", "imdb", SOURCE, "--data-dir", folder],
                             check=True, capture_output=True, text=True, timeout=240)
        seconds = time.monotonic() - begin
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        assert "418 copies" in run.stdout and "123 texts stand in both" in run.stdout, run.stdout
        assert "train 22500, valid 2500, test 25000" in run.stdout, run.stdout
        assert "train 11250, valid 1250, test 12500" in run.stdout, run.stdout
        check_ids(reviews, digest, split, both,
                  read_cache(pathlib.Path(folder, "imdb", "tokens.cache")))
        subprocess.run([BRDS, "data", "verify", "imdb", "--data-dir", folder], check=True,
                       stdout=subprocess.DEVNULL, timeout=240)
    print(f"added in {seconds:.1f} s with {peak:.0f} MB")
    assert peak < 500
    return 0


if __name__ == "__main__":
    sys.exit(main())
