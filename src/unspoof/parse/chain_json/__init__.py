"""Bitcoin transactions that stand in JSON: of an Esplora server, of Bitcoin Core, in bitcoin-etl's shape; no I/O."""
