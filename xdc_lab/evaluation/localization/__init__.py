"""Temporal action localization: an encoder slides over untrimmed videos, a detector finds segments (paper 7)."""
