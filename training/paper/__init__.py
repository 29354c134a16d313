"""The paper's own setting, as far as it is known: noise prediction on voxels, 1000 steps, ancestral sampling."""
