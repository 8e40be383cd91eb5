"""brds run against PyTorch's nn.LSTM, and where that has no words for it, against double numpy.

    oracle_torch.py BRDS

Ends with 77 where torch or numpy is missing.
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import st_file

try:
    import numpy as np
    import torch
except ImportError as missing:
    print(f"skipped: {missing} (Debian: python3-numpy python3-torch)")
    sys.exit(77)

BRDS = os.path.abspath(sys.argv[1])
BACKENDS = ("ref", "dense", "sparse")
LIMIT = 2e-5
BATCHES = (1, 2, 3, 5, 8, 13, 16, 17, 31, 32, 33)
SIZES = (1, 3, 7, 8, 15, 16, 17, 31, 33, 47, 64, 70)


def stored(array, dtype="F32"):
    """A tensor for st_file, and the float32 array that a reader of it must see."""
    array = np.ascontiguousarray(array)
    if dtype == "BF16":  # cut, not rounded: any 16 bits are a value
        words = (array.astype(np.float32).view(np.uint32) >> 16).astype(np.uint16)
        seen = (words.astype(np.uint32) << 16).view(np.float32)
    else:
        kind = {"F16": np.float16, "F32": np.float32, "F64": np.float64, "I64": np.int64,
                "I32": np.int32}[dtype]
        words = array.astype(kind)
        seen = words.astype(np.float32)
    return (dtype, array.shape, words.tobytes()), seen


def loaded(path):
    return {name: np.frombuffer(raw, np.float32).reshape(shape)
            for name, (_, shape, raw) in st_file.read(path)[0].items()}


def balanced(rng, matrix, share):
    """The matrix with equally many zeros in every row, at random places."""
    keep = max(1, round(matrix.shape[1] * (1 - share)))
    out = np.zeros_like(matrix)
    for row, old in zip(out, matrix):
        kept = rng.choice(len(old), keep, replace=False)
        row[kept] = old[kept]
    return out


def sigmoid(v):
    return 1 / (1 + np.exp(-v))


def reference(weights, x, h0, c0, lens):
    """SPEC 2 in double: (output, h of each layer, c of each layer); h0 and c0 are lists."""
    w = {name: a.astype(np.float64) for name, a in weights.items()}
    y, hn, cn = x.astype(np.float64), [], []
    for layer, (h, c) in enumerate(zip(h0, c0)):
        def of(name, missing=0.0):
            return w.get(f"{name}_l{layer}", missing)
        h, c, steps = h.astype(np.float64), c.astype(np.float64), []
        p = of("peephole", np.zeros((3, c.shape[1])))
        for t, frame in enumerate(y):
            z = frame @ of("weight_ih").T + h @ of("weight_hh").T + of("bias_ih") + of("bias_hh")
            i, f, g, o = np.split(z, 4, axis=1)
            new_c = sigmoid(f + p[1] * c) * c + sigmoid(i + p[0] * c) * np.tanh(g)
            new_h = sigmoid(o + p[2] * new_c) * np.tanh(new_c)
            if f"weight_hr_l{layer}" in w:
                new_h = new_h @ of("weight_hr").T
            live = (t < lens)[:, None]
            h, c = np.where(live, new_h, h), np.where(live, new_c, c)
            steps.append(np.where(live, h, 0))
        y = np.stack(steps)
        hn.append(h)
        cn.append(c)
    return y, hn, cn


class Check(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.rng = np.random.default_rng(20261122)
        torch.manual_seed(1)

    def call(self, *words):
        run = subprocess.run([BRDS, *map(str, words)], capture_output=True, text=True, timeout=60,
                             check=False)
        self.assertEqual((run.returncode, run.stderr), (0, ""), words)

    def run_brds(self, backend, weights, inputs, *more):
        """Arrays in (or ready tensors), arrays out."""
        for name, tensors in (("w", weights), ("x", inputs)):
            st_file.write(self.folder / name, {
                k: t if isinstance(t, tuple) else stored(t)[0] for k, t in tensors.items()})
        self.call("run", "--in", self.folder / "w", "--input", self.folder / "x", "--output",
                  self.folder / "y", "--backend", backend, "--threads", "1", *more)
        return loaded(self.folder / "y")

    def near(self, got, wanted, what):
        self.assertEqual(sorted(got), sorted(wanted), what)
        for name, array in wanted.items():
            self.assertEqual(got[name].shape, array.shape, (what, name))
            worst = np.abs(got[name] - array).max()
            self.assertLessEqual(worst, LIMIT, (what, name))

    def uniform(self, *shape):
        return self.rng.uniform(-1, 1, shape).astype(np.float32)

    def lstm(self, n_in, n_hid, layers=1, n_proj=0, bias=True, pruned=False):
        """nn.LSTM with weights large enough that the gates leave their linear part."""
        net = torch.nn.LSTM(n_in, n_hid, layers, bias=bias, proj_size=n_proj)
        with torch.no_grad():
            for name, p in net.named_parameters():
                values = self.uniform(*p.shape) * (1.5 / np.sqrt(p.shape[-1]))
                if pruned and name.startswith("weight_"):
                    values = balanced(self.rng, values, 0.8 if "_ih_" in name else 0.6)
                p.copy_(torch.from_numpy(values))
        return net, {name: p.detach().numpy() for name, p in net.named_parameters()}

    def torch_run(self, net, inputs):
        x, state = torch.from_numpy(inputs["input"]), None
        if "h0" in inputs:
            state = (torch.from_numpy(inputs["h0"]), torch.from_numpy(inputs["c0"]))
        with torch.no_grad():
            if "len" in inputs:
                x = torch.nn.utils.rnn.pack_padded_sequence(
                    x, torch.from_numpy(inputs["len"]), enforce_sorted=False)
            y, (hn, cn) = net(x, state)
            if "len" in inputs:
                y, _ = torch.nn.utils.rnn.pad_packed_sequence(
                    y, total_length=len(inputs["input"]))
        return {"output": y.numpy(), "hn": hn.numpy(), "cn": cn.numpy()}

    def ask(self, inputs):
        """The inputs as tensors; lengths are integers."""
        return {k: stored(v, "I64")[0] if k == "len" else v for k, v in inputs.items()}


class Torch(Check):
    def one_case(self, layers, projected, pruned, batch, number):
        n_hid = int(self.rng.choice(SIZES[1:]))
        n_in, steps = int(self.rng.choice(SIZES)), int(self.rng.integers(1, 12))
        n_proj = int(self.rng.integers(1, n_hid)) if projected else 0
        net, weights = self.lstm(n_in, n_hid, layers, n_proj, number % 5 != 4, pruned)
        inputs = {"input": 2 * self.uniform(steps, batch, n_in)}
        if number % 2:
            inputs["h0"] = self.uniform(layers, batch, n_proj or n_hid)
            inputs["c0"] = self.uniform(layers, batch, n_hid)
        if number % 3:
            inputs["len"] = self.rng.integers(1, steps + 1, batch)
        wanted = self.torch_run(net, inputs)
        for backend in BACKENDS:
            got = self.run_brds(backend, weights, self.ask(inputs))
            self.near(got, wanted, (backend, layers, n_in, n_hid, n_proj, pruned, batch, steps,
                                    sorted(inputs)))

    def test_stacks(self):
        number = 0
        for layers in (1, 2, 3):
            for projected in (False, True):
                for pruned in (False, True):
                    for batch in BATCHES:
                        self.one_case(layers, projected, pruned, batch, number)
                        number += 1
        self.assertEqual(number, 12 * len(BATCHES))

    def test_long_sequences_are_cut_into_calls(self):
        net, weights = self.lstm(5, 9, 2, 4, pruned=True)
        inputs = {"input": self.uniform(301, 33, 5),
                  "len": np.concatenate([[301, 1, 124, 125], self.rng.integers(1, 302, 29)])}
        for backend in BACKENDS:
            self.near(self.run_brds(backend, weights, self.ask(inputs)),
                      self.torch_run(net, inputs), backend)

    def test_the_state_is_carried(self):
        net, weights = self.lstm(6, 11, 3)
        x = self.uniform(10, 4, 6)
        wanted = self.torch_run(net, {"input": x})
        for backend in BACKENDS:
            first = self.run_brds(backend, weights, {"input": x[:3]})
            second = self.run_brds(backend, weights, {"input": x[3:], "h0": first["hn"],
                                                      "c0": first["cn"]}, "--threads", "2")
            second["output"] = np.concatenate([first["output"], second["output"]])
            self.near(second, wanted, backend)

    def test_number_types(self):
        net, plain = self.lstm(7, 10, 2, 3)
        for kind in ("F16", "BF16", "F64"):
            written, seen = {}, {}
            for name, array in plain.items():
                written[name], seen[name] = stored(array.astype(np.float64) * 1.0000001, kind)
            tensor, x = stored(self.uniform(4, 5, 7).astype(np.float64) / 3, kind)
            net.load_state_dict({name: torch.from_numpy(a.copy()) for name, a in seen.items()})
            wanted = self.torch_run(net, {"input": x})
            for backend in BACKENDS:
                self.near(self.run_brds(backend, written, {"input": tensor}), wanted,
                          (backend, kind))

    def test_prefixes(self):
        net, weights = self.lstm(4, 6, 2)
        other_net, other = self.lstm(4, 5)
        x = {"input": self.uniform(3, 2, 4)}
        wanted = self.torch_run(net, x)
        one = {f"rnn.{k}": v for k, v in weights.items()}
        self.near(self.run_brds("sparse", one, x), wanted, "rnn.")
        two = {**one, **{f"head.rnn2.{k}": v for k, v in other.items()},
               "head.weight": self.uniform(2, 5)}
        for prefix in ("rnn.", "rnn"):
            self.near(self.run_brds("dense", two, x, "--prefix", prefix), wanted, prefix)
        self.near(self.run_brds("ref", two, x, "--prefix", "head.rnn2"),
                  self.torch_run(other_net, x), "head.rnn2")

    def test_what_brds_saves_opens_in_torch(self):
        for n_proj in (0, 5):
            net, weights = self.lstm(8, 12, 2, n_proj)
            st_file.write(self.folder / "dense", {k: stored(v)[0] for k, v in weights.items()})
            self.call("prune", "--in", self.folder / "dense", "--sparsity-x", ".5", "--sparsity-h",
                      ".75", "--out", self.folder / "p")
            pruned = loaded(self.folder / "p")
            net.load_state_dict({k: torch.from_numpy(v.copy()) for k, v in pruned.items()})
            x = {"input": self.uniform(5, 3, 8)}
            for backend in BACKENDS:
                self.near(self.run_brds(backend, pruned, x), self.torch_run(net, x), backend)
            for name, keep in (("weight_ih_l0", 4), ("weight_hh_l1", 1 if n_proj else 3)):
                kept = np.argsort(-np.abs(weights[name]), axis=1, kind="stable")[:, :keep]
                wanted = np.zeros_like(weights[name])
                np.put_along_axis(wanted, kept, np.take_along_axis(weights[name], kept, 1), 1)
                self.assertTrue(np.array_equal(pruned[name], wanted), name)


    def test_minus_zero_is_a_pruned_weight(self):
        """w * mask, as torch.nn.utils.prune does, leaves -0 where w was negative."""
        net, weights = self.lstm(6, 8)
        with torch.no_grad():
            for name, p in net.named_parameters():
                if name.startswith("weight_"):
                    p.mul_(torch.arange(p.shape[1]) % 2)
        self.assertTrue(any(np.signbit(w[w == 0]).any() for w in weights.values()))
        x = {"input": self.uniform(4, 3, 6)}
        for backend in BACKENDS:
            self.near(self.run_brds(backend, weights, x), self.torch_run(net, x), backend)
        for ask in (("row", "--sparsity-x", ".6", "--sparsity-h", ".6"), ("dense",)):
            self.call("prune", "--in", self.folder / "w", "--out", self.folder / "p", "--pattern",
                      *ask)
            for name, array in loaded(self.folder / "p").items():
                self.assertFalse(np.signbit(array[array == 0]).any(), (ask, name))


class Double(Check):
    def stack(self, n_in, hidden, proj, peephole):
        """Weights of layers of these widths (proj 0: no projection)."""
        w, width = {}, n_in
        for layer, (n_hid, n_proj) in enumerate(zip(hidden, proj)):
            n_rec = n_proj or n_hid
            shapes = {"weight_ih": (4 * n_hid, width), "weight_hh": (4 * n_hid, n_rec),
                      "bias_ih": (4 * n_hid,), "bias_hh": (4 * n_hid,)}
            if n_proj:
                shapes["weight_hr"] = (n_proj, n_hid)
            if peephole:
                shapes["peephole"] = (3, n_hid)
            for name, shape in shapes.items():
                w[f"{name}_l{layer}"] = self.uniform(*shape) * (1.5 / np.sqrt(shape[-1]))
            width = n_rec
        return w

    def compare(self, weights, hidden, proj, batch, steps, zero_length=False):
        """Runs all backends from a random state; per-layer tensors where the widths differ."""
        n_in = weights["weight_ih_l0"].shape[1]
        x, lens = self.uniform(steps, batch, n_in), self.rng.integers(1, steps + 1, batch)
        if zero_length:
            lens[0] = 0
        recs = [p or h for h, p in zip(hidden, proj)]
        h0 = [self.uniform(batch, n) for n in recs]
        c0 = [self.uniform(batch, n) for n in hidden]
        y, hn, cn = reference(weights, x, h0, c0, lens)
        inputs, wanted = {"input": x, "len": lens}, {"output": y}
        for widths, start, end, first, last in ((recs, "h0", "hn", h0, hn),
                                                (hidden, "c0", "cn", c0, cn)):
            if len(set(widths)) == 1:
                inputs[start], wanted[end] = np.stack(first), np.stack(last)
            else:
                inputs.update({f"{start}_l{i}": a for i, a in enumerate(first)})
                wanted.update({f"{end}_l{i}": a for i, a in enumerate(last)})
        for backend in BACKENDS:
            self.near(self.run_brds(backend, weights, self.ask(inputs)), wanted,
                      (backend, hidden, proj, batch, steps))

    def test_reference_is_torch_without_peepholes(self):
        net, weights = self.lstm(5, 7, 2, 3)
        x = self.uniform(6, 4, 5)
        zeros = [np.zeros((4, 3))] * 2, [np.zeros((4, 7))] * 2
        y, hn, cn = reference(weights, x, *zeros, np.full(4, 6))
        self.near(self.torch_run(net, {"input": x}), {
            "output": y, "hn": np.stack(hn), "cn": np.stack(cn)}, "reference")

    def test_peepholes(self):
        for batch in (1, 4, 17, 33):
            for hidden, proj in (((13,), (0,)), ((9, 9), (0, 0)), ((16, 16, 16), (5, 5, 5))):
                weights = self.stack(7, hidden, proj, True)
                self.compare(weights, hidden, proj, batch, 6)

    def test_pruned_peepholes(self):
        weights = self.stack(20, (24, 24), (9, 9), True)
        for name in weights:
            if name.startswith("weight_"):
                weights[name] = balanced(self.rng, weights[name], 0.7)
        self.compare(weights, (24, 24), (9, 9), 3, 8)

    def test_layers_of_different_width(self):
        self.compare(self.stack(4, (6, 3), (0, 0), False), (6, 3), (0, 0), 5, 4)
        self.compare(self.stack(4, (6, 8), (2, 2), True), (6, 8), (2, 2), 2, 4)
        self.compare(self.stack(4, (6, 6), (2, 3), False), (6, 6), (2, 3), 2, 4)

    def test_a_sample_of_no_length_keeps_its_state(self):
        self.compare(self.stack(4, (6, 6), (0, 0), False), (6, 6), (0, 0), 3, 5, zero_length=True)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
