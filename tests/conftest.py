"""What every test can use. Each folder keeps its own."""

pytest_plugins = ["tests.mongodb.plugin"]
