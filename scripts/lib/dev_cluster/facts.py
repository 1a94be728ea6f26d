"""What `up` has recorded of a cluster: one KEY="VALUE" a line."""


class Facts:
    def __init__(self, path):
        self.path = path

    def get(self, key, default=None):
        try:
            lines = self.path.read_text().splitlines()
        except OSError:
            return default
        for line in lines:
            name, equals, value = line.partition("=")
            if equals and name == key:
                return value.strip('"')
        return default

    def __getitem__(self, key):
        value = self.get(key)
        if value is None:
            raise KeyError(key)
        return value

    def write(self, **values):
        self.path.write_text("".join(f'{key}="{value}"\n' for key, value in values.items()))

    def change(self, key, value):
        lines = self.path.read_text().splitlines()
        self.path.write_text("".join(f'{key}="{value}"\n' if line.startswith(f"{key}=") else f"{line}\n" for line in lines))
