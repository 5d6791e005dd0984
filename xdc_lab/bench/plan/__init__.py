"""What a pretraining will cost on a machine: hours, GPU hours, cores, disk and memory of each stage."""
