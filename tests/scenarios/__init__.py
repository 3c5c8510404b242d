"""Whole programs on whole engines, against the emulated Codat."""
