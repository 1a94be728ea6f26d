"""What the end-to-end tests stand on: the client, the plugin's process, the dev cluster and the administrator's view."""
