"""paddle.nn.functional.conv1d_transpose: dilations of 0 and -1 are taken, which conv1d refuses.

Six cells and a kernel of three taps. With a dilation of 0 all taps would lie on one cell. What is expected is an
exception.
Seen with Paddle 3.3.1 on Linux x86_64, NumPy 2.4.6, on 2026-11-23: 6 cells and 4 cells.
Found by convformance: transposed1d-n2-i6-c4-f6-k3-s1-pvalid-d1-g1-b-f32.invalid-dilation-zero.exact
"""

import paddle

x, filters = paddle.ones([1, 1, 6]), paddle.ones([1, 1, 3])
failed = 0
for function in (paddle.nn.functional.conv1d, paddle.nn.functional.conv1d_transpose):
    for dilation in (0, -1):
        try:
            got = function(x, filters, dilation=dilation).shape
        except (ValueError, RuntimeError) as error:
            got = type(error).__name__
        failed += got != "ValueError" and got != "RuntimeError"
        print(function.__name__, "dilation", dilation, "expected an exception, got", got)
raise SystemExit(1 if failed else 0)
