"""What stands around every request, as pure ASGI: one concern per file, put in order by `stack.edge`.

Nothing here buffers a body, touches the database or knows a route.
"""
