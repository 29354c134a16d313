"""The networks of Diff2CT: X2NoiseNet lifts two radiographs into a 3D condition, the denoiser uses it."""
