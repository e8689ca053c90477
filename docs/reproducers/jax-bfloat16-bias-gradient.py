"""jax.vjp of an added bias in bfloat16 and float16: its gradient is added up in the format, jnp.sum is not.

The cotangent is 1 in each of 4*32*32 = 4096 places of three channels, so each gradient is 4096, which both formats
hold. But
256 + 1 is 256 in the 8 bits of bfloat16, and 2048 + 1 is 2048 in the 11 bits of float16.
Seen with jax 0.10.2 on Linux x86_64 (CPU), NumPy 2.4.6, on 2026-11-23: 256 and 2048.
Found by convformance: transposed1d-n3-i4-c1-f2-k3-s3-p1+1-d1-g1-b-relu-bf16.dbias.real.view
"""

import jax
import jax.numpy as jnp
import numpy as np

expected = [4096.0] * 3
wrong = 0
for dtype in ("bfloat16", "float16"):
    cotangent = jnp.ones((4, 3, 32, 32), dtype)
    _, pull = jax.vjp(lambda bias: jnp.zeros_like(cotangent) + bias.reshape(-1, 1, 1), jnp.zeros(3, dtype))
    got = np.asarray(pull(cotangent)[0], "float32").tolist()
    summed = np.asarray(cotangent.sum((0, 2, 3)), "float32").tolist()
    print(dtype, "expected", expected, "got", got, "jnp.sum", summed)
    wrong += got != expected
raise SystemExit(1 if wrong else 0)
