"""A collection written anew once, as training reads it fastest (paper 4.1)."""
