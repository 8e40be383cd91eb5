"""Features and labels of TIMIT's sample against SPEC 8 written once more in numpy, in double.

    oracle_timit.py BRDS DUMP_FRAMES    skips (77) without numpy or the sample in $SHARED_DATA
"""

import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile

try:
    import numpy as np
except ImportError:
    print("skipped: no numpy")
    sys.exit(77)

BRDS, DUMP = map(os.path.abspath, sys.argv[1:3])
SHARED = pathlib.Path(os.environ.get("SHARED_DATA", "."))
SOURCE = SHARED / "timit-sample-12spk.tar.xz"


def read_utterances():
    """(region, speaker, file) -> samples, [(begin, end, phone)], in the order of names."""
    files = {}
    with tarfile.open(SOURCE) as tar:
        for member in tar:
            parts = member.name.split("/")
            if parts[-1].startswith(("si", "sx")) and parts[-1].endswith((".wav", ".phn")):
                files[parts[-2] + "/" + parts[-1]] = tar.extractfile(member).read()
    out = {}
    for name in sorted(files):
        if name.endswith(".wav"):
            lines = files[name[:-4] + ".phn"].decode().split("\n")
            spans = [(int(b), int(e), p) for b, e, p in (s.split() for s in lines if s)]
            out[name] = np.frombuffer(files[name][1024:], "<i2").astype(float), spans
    return out


def mel(f):
    return 1127 * np.log(1 + f / 700)


def triangles(n, low):
    points = np.linspace(mel(low), mel(8000), n + 2)
    bins = mel(np.arange(257) * 16000 / 512)
    rise = (bins - points[:-2, None]) / (points[1:-1] - points[:-2])[:, None]
    fall = (points[2:, None] - bins) / (points[2:] - points[1:-1])[:, None]
    return np.maximum(0, np.minimum(rise, fall))


def statics(x, n_in):
    n = 1 + (len(x) - 400) // 160
    frames = x[np.arange(n)[:, None] * 160 + np.arange(400)]
    frames = frames - frames.mean(axis=1, keepdims=True)
    energy = np.log(np.maximum((frames ** 2).sum(axis=1), 1))
    first = frames[:, :1] * (1 - 0.97)
    frames = np.hstack([first, frames[:, 1:] - 0.97 * frames[:, :-1]])
    frames *= 0.54 - 0.46 * np.cos(2 * np.pi * np.arange(400) / 399)
    size = np.abs(np.fft.rfft(frames, 512))
    if n_in == 39:
        bank = np.log(np.maximum(size @ triangles(26, 0).T, 1))
        c, i = np.arange(1, 13)[:, None], np.arange(26)
        bank = bank @ (np.sqrt(2 / 26) * np.cos(np.pi * c * (i + 0.5) / 26)).T
        bank *= 1 + 11 * np.sin(np.pi * np.arange(1, 13) / 22)
    else:
        bank = np.log(np.maximum(size ** 2 @ triangles(n_in // 3 - 1, 20).T, 1))
    return np.hstack([bank, energy[:, None]])


def deltas(x):
    t = np.arange(len(x))

    def at(k):
        return x[np.clip(t + k, 0, len(x) - 1)]
    return (at(1) - at(-1) + 2 * (at(2) - at(-2))) / 10


def features(x, n_in):
    s = statics(x, n_in)
    d = deltas(s)
    return np.hstack([s, d, deltas(d)])


def labels(x, spans, phones):
    out = []
    for t in range(1 + (len(x) - 400) // 160):
        centre = 200 + 160 * t
        inside = [p for b, e, p in spans if b <= centre < e]
        out.append(phones.index(inside[0] if inside else spans[-1][2]))
    return out


def dump(folder, n_in, fold):
    raw = subprocess.run([DUMP, folder, "timit-sample", str(n_in), str(fold)], check=True,
                         stdout=subprocess.PIPE, timeout=120).stdout
    at, splits = 0, []

    def take(code, n):
        nonlocal at
        x = np.frombuffer(raw, code, n, at)
        at += x.nbytes
        return x
    for _ in range(3):
        items, frames, width = take("<i8", 3)
        splits.append((take("<i8", items + 1), take("<f4", frames * width).reshape(frames, width),
                       take("<i4", frames), take("<i4", items)))
    scale = take("<f4", n_in), take("<f4", n_in)
    assert at == len(raw)
    return splits, scale


def check(folder, utterances, phones, n_in, fold):
    """Largest error of any feature; counts, labels, speakers and splits must be exact."""
    splits, (mean, std) = dump(folder, n_in, fold)
    regions = sorted({name[2] for name in utterances})
    test, dev = regions[fold], regions[(fold + 1) % len(regions)]
    worst, train = 0, []
    for which, (start, frames, label, group) in enumerate(splits):
        names = [n for n in utterances
                 if which == (2 if n[2] == test else 1 if n[2] == dev else 0)]
        assert len(names) == len(start) - 1
        speakers = [n.split("/")[0] for n in names]
        assert len(set(zip(speakers, group))) == len(set(speakers)) == len(set(group))
        for i, name in enumerate(names):
            x, spans = utterances[name]
            want = features(x, n_in)
            got = frames[start[i]:start[i + 1]]
            assert got.shape == want.shape, name
            worst = max(worst, np.abs(got - want).max())
            assert list(label[start[i]:start[i + 1]]) == labels(x, spans, phones), name
            if which == 0:
                train.append(want)
    train = np.vstack(train)
    assert np.abs(mean - train.mean(axis=0)).max() < 1e-4
    assert np.abs(std - train.std(axis=0)).max() < 1e-4
    return worst


def main():
    if not SOURCE.exists():
        print("skipped: TIMIT's sample is not here")
        return 77
    with open(SHARED / "phones.61-48-39.tsv", encoding="ascii") as f:
        phones = [line.split("\t")[0] for line in f if not line.startswith("#")]
    utterances = read_utterances()
    assert len(utterances) == 96
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([BRDS, "data", "add", "timit", SOURCE, "--data-dir", folder], check=True,
                       stdout=subprocess.DEVNULL, timeout=120)
        for n_in, fold in ((39, 0), (123, 5), (153, 3)):
            worst = check(folder, utterances, phones, n_in, fold)
            print(f"{n_in} features, fold {fold}: largest error {worst:.2g}")
            assert worst < 1e-4
    return 0


if __name__ == "__main__":
    sys.exit(main())
