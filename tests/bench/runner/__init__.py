"""What `./dev bench` measures: embedded.py one process on SQLite, distributed.py what it costs to be more, web.py the client."""
