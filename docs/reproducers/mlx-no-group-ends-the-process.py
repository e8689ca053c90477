"""mx.conv1d with groups=0, and filters without a cell: the process ends, where an error is expected.

Each is asked in a process of its own. What is expected is an exception.
Seen with MLX 0.32.4 on Linux x86_64 (CPU), NumPy 2.4.6, on 2026-11-23: signal 8; and exit code 0 behind a complaint of
SGEMM, without an answer.
Found by convformance: conv1d-n2-i12-c4-f6-k3-s1-pvalid-d1-g1-b-f32.invalid-groups-zero.exact
"""

import subprocess
import sys

CHILD = """
import mlx.core as mx
try:
    output = mx.conv1d(mx.ones((1, 5, 2)), mx.ones({shape}), groups={groups})
    mx.eval(output)
    print("an answer of shape", output.shape, flush=True)
except (ValueError, RuntimeError) as error:
    print("an exception:", error, flush=True)
"""
failed = 0
for name, shape, groups in (("groups=0", (3, 1, 2), 0), ("filters of no cell", (3, 0, 2), 1)):
    child = subprocess.run([sys.executable, "-c", CHILD.format(shape=shape, groups=groups)], capture_output=True, text=True)
    got = child.stdout.strip() or f"the process ended with {child.returncode}: {child.stderr.strip()[-100:]}"
    failed += "an exception" not in got
    print(name, "expected an exception, got", got)
raise SystemExit(1 if failed else 0)
