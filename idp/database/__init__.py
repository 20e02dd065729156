"""The one SQL database: its engines, the transaction, and the schema's naming.

SQLite and PostgreSQL are equals; SQLAlchemy Core (no ORM) is written once for both. Times are BigInteger NumericDate
seconds. May import: protocol, settings, clock.
"""
