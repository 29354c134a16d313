"""From published CT collections to a cached isotropic set with a datalist: `python -m training.prepare`."""
