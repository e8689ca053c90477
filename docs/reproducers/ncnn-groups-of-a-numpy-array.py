"""ConvolutionDepthWise of ncnn with groups, on a Mat made of a NumPy array: the second group reads other cells.

A Mat of ncnn's own begins each channel at a multiple of 16 bytes, one that is made of an array does not. Where a
channel has not a multiple of 4 cells, groups are looked for at the wrong place. With ncnn.Mat(x).clone() it is right.
Seen with ncnn 1.0.20261020 on Linux x86_64, NumPy 2.4.6, on 2026-11-23: 15, 18, 21, 42, 26, 28; the last two
are read behind the array, and may be anything.
Found by convformance: conv2d-n1-i1x3-c6-f2-k1x1-s1x1-pvalid-d1x1-g2-f32.forward.exact
"""

import ncnn
import numpy as np

x = np.arange(1, 19, dtype="float32").reshape(6, 1, 3)
net = ncnn.Net()
# 2 filters of 1x1, in 2 groups: each adds up its three channels.
net.load_param_mem(
    "7767517\n2 2\nInput x 0 1 x\nConvolutionDepthWise layer 1 1 x y 0=2 1=1 11=1 2=1 12=1 3=1 13=1 5=0 6=6 7=2\n"
)
net.load_model_mem(np.zeros(1, "int32").tobytes() + np.ones(6, "float32").tobytes())


def run(image):
    extractor = net.create_extractor()
    extractor.input("x", image)
    status, output = extractor.extract("y")
    return np.array(output).reshape(2, 3)


got, cloned = run(ncnn.Mat(x)), run(ncnn.Mat(x).clone())
expected = x.reshape(2, 3, 3).sum(axis=1)  # 1 + 4 + 7 = 12 first, 10 + 13 + 16 = 39 in the second group
print("expected", expected.tolist())
print("cloned  ", cloned.tolist())
print("got     ", got.tolist())
raise SystemExit(0 if np.array_equal(got, expected) else 1)
