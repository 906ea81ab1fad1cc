SELECT to_regclass('freehold.migrations') IS NULL
