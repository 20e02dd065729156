"""Applications of the other side: a relying party, a resource server, and the command that starts all three.

They import nothing of the provider: what stands here can be copied into an application of your own.
"""
