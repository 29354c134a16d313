"""The methods that Diff2CT is compared with: SART, 3DCNN, PSR and X2CT-GAN."""

from .sart import sart

__all__ = ["sart"]
