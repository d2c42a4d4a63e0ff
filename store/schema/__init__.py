"""The statements of each migration; `store.migrations` says when they run."""
