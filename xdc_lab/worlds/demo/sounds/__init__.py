"""What is heard: one function per sound, from the beats and a pitch to a dry waveform."""
