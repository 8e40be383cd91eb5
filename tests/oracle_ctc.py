#!/usr/bin/env python3
"""oracle_ctc.py - loss and gradient of CTC against PyTorch's; skips (77) without torch."""

import random
import subprocess
import sys

try:
    import torch
except ImportError:
    print("skipped: no torch")
    sys.exit(77)

BOUND = 1e-4


def draw(rng, steps, classes, n_labels, spread):
    labels = [rng.randrange(classes - 1) for _ in range(n_labels)]
    if n_labels > 1 and rng.random() < 0.5:
        labels[1] = labels[0]
    logits = [rng.uniform(-spread, spread) for _ in range(steps * classes)]
    return steps, classes, labels, logits


def problems():
    rng = random.Random(11)
    for steps, classes, n_labels, spread in ((1, 2, 1, 1), (8, 5, 3, 2), (30, 62, 12, 4), (3, 5, 5, 1),
                                             (120, 62, 40, 8), (5, 4, 0, 1), (400, 62, 70, 20)):
        for _ in range(3):
            yield draw(rng, steps, classes, n_labels, spread)


def torchs(steps, classes, labels, logits):
    z = torch.tensor(logits, dtype=torch.float32).double().view(steps, 1, classes).requires_grad_()
    loss = torch.nn.functional.ctc_loss(
        z.log_softmax(2), torch.tensor([labels], dtype=torch.long), torch.tensor([steps]),
        torch.tensor([len(labels)]), blank=classes - 1, reduction="sum", zero_infinity=False)
    if torch.isinf(loss):
        return float("inf"), torch.zeros(steps * classes, dtype=torch.double)
    loss.backward()
    return loss.item(), z.grad.flatten()


def main(program):
    all_of_them = list(problems())
    text = "".join("%d %d %s -1 %s\n" % (s, c, " ".join(map(str, l)), " ".join(map(repr, z)))
                   for s, c, l, z in all_of_them)
    out = subprocess.run([program], input=text, capture_output=True, text=True, check=True).stdout
    lines = out.splitlines()
    assert len(lines) == len(all_of_them), "%d answers" % len(lines)
    worst = infinite = 0
    for line, (steps, classes, labels, logits) in zip(lines, all_of_them):
        got, *grad = map(float, line.split())
        want, slope = torchs(steps, classes, labels, logits)
        if want == float("inf"):
            infinite += 1
            assert got == want and not any(grad), "no alignment, but %g" % got
            continue
        assert abs(got - want) <= BOUND * max(1, want), "loss %g, PyTorch's is %g" % (got, want)
        apart = (torch.tensor(grad, dtype=torch.double) - slope).abs().max().item()
        assert apart <= BOUND, "%d steps: a gradient is off by %g" % (steps, apart)
        worst = max(worst, apart)
    assert infinite >= 3, "no infeasible problem among them"
    print("largest difference of a gradient: %.2g (allowed %g)" % (worst, BOUND))


if __name__ == "__main__":
    main(sys.argv[1])
