"""Convolution of ncnn with SAME_UPPER and a stride above the kernel along one axis: writes behind its memory.

The pads of that axis come out negative: the padded image has fewer rows than are copied to it, and those too many land
in the next channel, or behind the last one. How many answers are wrong, or whether the process dies, is chance, so it
is
asked in a process of its own.
Seen with ncnn 1.0.20261020 (and 1.0.20240820) on Linux x86_64, NumPy 2.4.6, on 2026-11-23: signal 6, or wrong numbers.
Found by convformance: conv2d-n1-i8x11-c3-f6-k1x2-s3x1-psame-d1x1-g1-b-f32.forward.exact
"""

import subprocess
import sys

import ncnn
import numpy as np

ROWS, COLUMNS, CHANNELS = 9, 400, 64


def ask():
    x = np.arange(1, CHANNELS * ROWS * COLUMNS + 1, dtype="float32").reshape(CHANNELS, ROWS, COLUMNS) % 1000
    # Each filter takes the cell of its own channel.
    filters = np.zeros((CHANNELS, CHANNELS, 1, 3), "float32")
    filters[range(CHANNELS), range(CHANNELS), 0, 1] = 1
    # 1 row and 3 columns, 3 rows a step, -233 is SAME_UPPER, no bias.
    net = ncnn.Net()
    net.load_param_mem(
        "7767517\n2 2\nInput x 0 1 x\nConvolution layer 1 1 x y "
        f"0={CHANNELS} 1=3 11=1 2=1 12=1 3=1 13=3 4=-233 14=-233 15=-233 16=-233 5=0 6={filters.size}\n"
    )
    net.load_model_mem(np.zeros(1, "int32").tobytes() + filters.tobytes())
    expected = x[:, ::3]  # one pad on either side of the rows, none above or below: rows 0, 3 and 6 as they are
    wrong = 0
    for _ in range(20):
        extractor = net.create_extractor()
        extractor.input("x", ncnn.Mat(x))
        status, output = extractor.extract("y")
        got = np.array(output)
        wrong += not np.array_equal(got, expected)
        if not np.array_equal(got, expected):
            place = tuple(int(index) for index in np.argwhere(got != expected)[0])
            print("at", place, "expected", expected[place], "got", got[place], flush=True)
    print(wrong, "of 20 answers are wrong", flush=True)
    raise SystemExit(1 if wrong else 0)


if "asked" in sys.argv:
    ask()
child = subprocess.run([sys.executable, __file__, "asked"], capture_output=True, text=True)
print("expected exit code 0, got", child.returncode, child.stdout.strip()[-200:], child.stderr.strip()[-200:])
raise SystemExit(1 if child.returncode else 0)
