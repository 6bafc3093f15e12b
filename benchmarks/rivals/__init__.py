"""What a user would write or take instead, re-created small."""
