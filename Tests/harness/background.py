"""Something that is done all the time while a test does something else."""

import threading


class Background:
    """Runs `work`, which ends once `stopping` is set, in a thread of its own while the context lasts."""

    # How long `work` may take to end, in seconds.
    patience = 90

    def __init__(self):
        self.stopping = threading.Event()
        self._thread = threading.Thread(target=self.work, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self._thread.join(self.patience)
        assert not self._thread.is_alive(), f"{type(self).__name__} is held up for ever"
