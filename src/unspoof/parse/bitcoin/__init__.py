"""Bitcoin's own bytes: addresses, scripts, transactions, blocks, undo data; no file is opened and no node asked here."""
