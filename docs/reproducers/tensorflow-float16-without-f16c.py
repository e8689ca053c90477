"""tf.nn.conv3d in float16 on a processor without F16C: the process ends with an illegal instruction.

It is asked in a process of its own; by `qemu-x86_64-static -cpu SandyBridge-v2 -0 COMMAND python` that process has to be
emulated as well, so COMMAND is a script that says the same. What is expected is the first cell: [1.0].
Seen with tensorflow 2.21.0 on Linux x86_64, emulated SandyBridge, NumPy 2.4.6, on 2026-12-01: signal 4. With
`-cpu SandyBridge-v2,+f16c`, as with every processor since 2012, it answers.
Found by convformance: conv3d-n1-i3x1x1-c1-f1-k1x1x1-s3x1x1-psame-d1x1x1-g1-f16.forward.exact
"""

import subprocess
import sys

CHILD = """
import tensorflow as tf
x = tf.reshape(tf.constant([1, 2, 3], "float16"), (1, 3, 1, 1, 1))
print(tf.nn.conv3d(x[:, :1], tf.ones((1, 1, 1, 1, 1), "float16"), (1,) * 5, "VALID").numpy().ravel(), flush=True)
"""
child = subprocess.run([sys.executable, "-c", CHILD], capture_output=True, text=True)
got = child.stdout.strip() or f"signal {-child.returncode}"
print("expected [1.], got", got)
raise SystemExit(0 if got == "[1.]" else 1)
