"""Pages of strangers, read and fetched in processes of their own."""
