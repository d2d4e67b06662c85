"""Stands in for the package trellis2 (github.com/microsoft/TRELLIS.2 at 5565d24)."""
