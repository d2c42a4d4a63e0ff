"""What an App can do for a user, a module for each subject: the verbs behind every door."""
