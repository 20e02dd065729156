"""How refreshing, the table of grants and its pruning behave with ten million grants: `make bench-scale`.

`rows` makes accounts, sessions and grants from their number, `filling` copies them into PostgreSQL, `load` refreshes
them over HTTP and `logins` lets people log in meanwhile, `storage` asks PostgreSQL about its tables, `provider` is the
server, and `report` shows and keeps the figures. Nothing is asserted about time; a wrong answer ends the run.
"""
