"""What keeps an app from serving at all: server_startup_failure."""
