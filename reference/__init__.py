"""The mathematics of convolution, in NumPy alone: what it is, and how far honest arithmetic may stray from it."""
