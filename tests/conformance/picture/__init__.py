"""A case as a picture: the channels, the kernels of one filter, the map that each makes, their sum, the output."""
