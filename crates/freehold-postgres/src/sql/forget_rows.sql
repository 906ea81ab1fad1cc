SELECT freehold.forget_rows()
