#!/usr/bin/env bash
# MLX's CPU build on x86-64 computes with denormals at some 20 to 60 times the cost, and only before its first result can
# a program change that.
#
# Guess: MLX treats float32 numbers below 1.2e-38 as zero in its kernels, or at least a program can switch the processor
# to do so (MXCSR: flush to zero, denormals are zero) where it trains, as torch.set_flush_denormal does.
# Seen with mlx 0.32.4 (mlx-cpu 0.32.4), numpy 2.4.6, Python 3.11, Linux x86-64: a product of a matrix of 1e-40 with
# another takes about 60 times as long as one of 1e-3. Set in the main thread after MLX has computed anything, the switch
# does nothing: results come from a worker thread, which has the setting of the moment it was started. Set before the
# first result, the same product takes as long as any other; the main thread may switch back at once.
# What it means: the softmax of a model that is sure of its words is full of such numbers, and so are the gradients. Loss
# and gradients of a small Qwen2 model over 279 tokens took 1.9 s of processor time, and 0.17 s with the switch set; in
# torch 2.13.0 the same took 0.15 s either way, though its matrix product alone is as slow with such numbers.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[ "$(uname -s) $(uname -m)" = "Linux x86_64" ] || { echo "this is about Linux on x86-64"; exit 0; }
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q "mlx[cpu]==0.32.4" "numpy==2.4.6"

cat >"$work/measure.py" <<'PYTHON'
import ctypes
import sys
import time

import numpy as np

smallest = np.full((256, 512), 1e-40, np.float32)


def switch():
    libm = ctypes.CDLL("libm.so.6")
    environment = (ctypes.c_uint32 * 8)()
    libm.fegetenv(environment)
    environment[7] |= 0x8040
    libm.fesetenv(environment)


if sys.argv[1] == "before":
    switch()
import mlx.core as mx

mx.eval(mx.zeros(1, stream=mx.cpu) + 1)
if sys.argv[1] == "after":
    switch()
denormal, usual = mx.array(smallest), mx.full((256, 512), 1e-3)
weights = mx.array(np.random.default_rng(0).random((512, 512), np.float32))
mx.eval(denormal, usual, weights)


def seconds(values):
    mx.eval(values @ weights)
    start = time.process_time()
    for _ in range(10):
        mx.eval(values @ weights)
    return time.process_time() - start


print(seconds(denormal) / seconds(usual))
PYTHON

declare -A times
for when in never after before; do
    times[$when]=$(OMP_NUM_THREADS=1 "$work/venv/bin/python" "$work/measure.py" "$when")
    printf 'switched %-7s denormals take %6.1f times as long\n' "$when:" "${times[$when]}"
done
"$work/venv/bin/python" -c '
import sys
never, after, before = map(float, sys.argv[1:])
sys.exit(not (never > 5 and after > 5 and before < 2))' "${times[never]}" "${times[after]}" "${times[before]}" \
    || { echo "it has changed"; exit 1; }
echo "as described"
