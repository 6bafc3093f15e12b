"""The page with the phones, shared by all platforms: static files and live updates."""
