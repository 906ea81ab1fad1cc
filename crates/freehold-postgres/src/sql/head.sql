SELECT freehold.head()
