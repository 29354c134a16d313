"""A NRRD, NIfTI or MetaImage file: its header checked before any pixel is read, then the voxels of that very file."""

__all__ = []
