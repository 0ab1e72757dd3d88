# What stands here is replaced by each sample.
