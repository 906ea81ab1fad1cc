-- What the functions do they do as their owner: nobody calls them but whom it was granted.
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA freehold FROM PUBLIC
