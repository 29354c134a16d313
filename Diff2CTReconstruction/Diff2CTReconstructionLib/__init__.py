"""Helpers of the Diff2CT Reconstruction module; nothing here computes, the worker process does."""
