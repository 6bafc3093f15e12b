"""What the bot does when something happens. No HTTP, no SDK, no database driver, no clock of its own."""
