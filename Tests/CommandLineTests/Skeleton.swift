// Skeleton: replaced by the module's first real test.
