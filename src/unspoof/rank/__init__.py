"""One file per ranking; a score is a sum of named, explained parts."""
