"""One file per kind of link; each link has a score and its reasons."""
