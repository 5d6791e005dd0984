"""The glossary of axis names that shapes in signatures use, with the paper's symbols (paper 3.2, 4.1).

=================  ================================================  ========
axis               meaning                                           paper
=================  ================================================  ========
`items`            rows of the items table; row i is item i, always  N
`batch`            clips that are processed together
`channels`         red, green, blue                                  3
`frames`           frames of a clip                                  L
`height`, `width`  pixels                                            H, W
`samples`          waveform samples at 16 kHz
`mels`             mel filters                                       Q
`audio_frames`     columns of the spectrogram                        P
`dim`              feature dimensions of an encoder                  d_v, d_a
`clusters`         k-means clusters                                  k
`classes`          outputs of a linear head
=================  ================================================  ========
"""

from jaxtyping import Float
from torch import Tensor

Clips = Float[Tensor, "batch channels frames height width"]
Spectrograms = Float[Tensor, "batch 1 mels audio_frames"]
Features = Float[Tensor, "batch dim"]
