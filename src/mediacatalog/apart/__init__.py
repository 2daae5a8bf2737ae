"""What is done to the pages of strangers, each in a process of its own that can do nothing else.

`reading` gives articles: a sealed child parses (`reader`). `fetching` gives a page of the web: a
child that can reach the network, and no file, asks for it (`fetcher`).
"""
