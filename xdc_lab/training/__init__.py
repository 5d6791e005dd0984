"""The one training loop: an encoder learns to predict integer targets, pseudo-labels and labels alike."""
