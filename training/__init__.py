"""Offline training of Diff2CT: data, phantoms, networks' training, baselines and evaluation."""
