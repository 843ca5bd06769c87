"""The shop's users: who they are, what they typed in, where they logged in from, what they paid. It makes no calls."""
