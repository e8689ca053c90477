"""Conv2D of one filter on Keras's torch backend: no gradient where the batch is one image, or in float64.

One image of 2 by 1 cells and 2 channels, (1, 2) above (3, 4); one filter of 2 by 1 taps. There is one output, so the
gradient of
the filter is the image: 1, 2, 3, 4. TensorFlow's and JAX's backends give it.
Seen with keras 3.15.1 and torch 2.13.0+cpu on Linux x86_64, NumPy 2.4.6, on 2026-11-23: RuntimeError: slow_conv2d:
grad_weight must be contiguous.
Found by convformance: conv2d-n1-i2x1-c2-f1-k2x1-s1x1-pvalid-d1x1-g1-f64.dfilters.exact
"""

import os

os.environ["KERAS_BACKEND"] = "torch"
import keras
import numpy as np

failed = 0
for dtype in ("float32", "float64"):
    for name, layer, cells in (
        ("Conv2D", keras.layers.Conv2D(1, (2, 1), use_bias=False, dtype=dtype), (1, 2, 1, 2)),
        ("Conv2DTranspose", keras.layers.Conv2DTranspose(2, (2, 1), use_bias=False, dtype=dtype), (1, 2, 1, 1)),
    ):
        x = np.arange(1, 1 + np.prod(cells), dtype=dtype).reshape(cells)
        output = layer(x)
        expected = [1, 2, 3, 4] if name == "Conv2D" else [3, 3, 3, 3]
        try:
            output.sum().backward()
            got = keras.ops.convert_to_numpy(layer.kernel.value.grad).ravel().tolist()
        except RuntimeError as error:
            got = f"{type(error).__name__}: {error}"
        failed += got != expected
        print(name, dtype, "expected", expected, "got", got)
raise SystemExit(1 if failed else 0)
