"""The training that all networks of this folder get: SGD with a one-cycle rate, so that the last epoch is the result."""
import os
import pathlib
import time

import torch
import torch.nn.functional as F

BATCH = 128
PEAK_RATE = 0.05
WEIGHT_DECAY = 5e-4


class Log:
    """Lines for both the terminal and a file; `go_on` keeps the lines that the file has."""

    def __init__(self, path, go_on=False):
        self._path = pathlib.Path(path)
        if not (go_on and self._path.exists()):
            self._path.write_text("", encoding="ascii")

    def __call__(self, line):
        print(line, flush=True)
        with self._path.open("a", encoding="ascii") as file:
            file.write(line + "\n")


class Training:
    """A network, what trains it, and where that is."""

    def __init__(self, net, labels, epochs, seed):
        self.net, self.labels, self.epochs, self.done = net, labels, epochs, 0
        self.generator = torch.Generator().manual_seed(seed)
        self.optimiser = torch.optim.SGD(net.parameters(), lr=PEAK_RATE, momentum=0.9, nesterov=True,
                                         weight_decay=WEIGHT_DECAY)
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(self.optimiser, PEAK_RATE, epochs=epochs,
                                                            steps_per_epoch=-(-len(labels) // BATCH))

    def epoch(self, inputs_of):
        """Once over all images: (mean loss, share that was right)."""
        self.net.train()
        total_loss, right = 0.0, 0
        for pick in torch.randperm(len(self.labels), generator=self.generator).split(BATCH):
            outputs = self.net(inputs_of(pick, self.generator).to(memory_format=torch.channels_last))
            loss = F.cross_entropy(outputs, self.labels[pick])
            self.optimiser.zero_grad()
            loss.backward()
            self.optimiser.step()
            self.schedule.step()
            total_loss += loss.item() * len(pick)
            right += (outputs.argmax(1) == self.labels[pick]).sum().item()
        self.done += 1
        return total_loss / len(self.labels), right / len(self.labels)

    def save(self, path):
        """All that the next epoch depends on; a kill leaves the file before or this one."""
        new = pathlib.Path(f"{path}.new")
        torch.save({"net": self.net.state_dict(), "optimiser": self.optimiser.state_dict(),
                    "schedule": self.schedule.state_dict(), "generator": self.generator.get_state(),
                    "dropout": torch.get_rng_state(), "done": self.done}, new)
        os.replace(new, path)

    def load(self, path):
        kept = torch.load(path)
        for name in ("net", "optimiser", "schedule"):
            getattr(self, name).load_state_dict(kept[name])
        self.generator.set_state(kept["generator"])
        torch.set_rng_state(kept["dropout"])
        self.done = kept["done"]


def train(net, inputs_of, labels, epochs, seed, log, checkpoint=None):
    """Train `net`; inputs_of(indices, generator) are the images of these labels, varied. With a checkpoint's path it
    goes on where it was killed, and leaves no checkpoint behind."""
    training = Training(net, labels, epochs, seed)
    if checkpoint and pathlib.Path(checkpoint).exists():
        training.load(checkpoint)
    while training.done < epochs:
        started = time.time()
        loss, right = training.epoch(inputs_of)
        log(f"epoch {training.done:2d}  loss {loss:.4f}  train accuracy (augmented) {right:.4f}  "
            f"{time.time() - started:.0f} s")
        if checkpoint:
            training.save(checkpoint)
    if checkpoint:
        pathlib.Path(checkpoint).unlink(missing_ok=True)
