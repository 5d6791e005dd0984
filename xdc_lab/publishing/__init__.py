"""Encoders for others: folders for a model hub with a model card, and ONNX files."""
