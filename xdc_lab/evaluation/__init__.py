"""What an encoder is worth downstream: finetuning, frozen features, SVM, retrieval (paper 4 and 6)."""
