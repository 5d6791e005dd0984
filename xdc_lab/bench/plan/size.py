"""How large a collection is: the paper's by their names, or one's own (paper 4.1)."""

from dataclasses import dataclass

from xdc_lab.errors import SettingError


@dataclass(frozen=True)
class Size:
    """A collection's size.

    Attributes:
        name: of the collection.
        clips: its items.
        seconds: the mean length of an item.
        source: where these numbers come from.

    Raises:
        SettingError: if there is nothing in it.
    """

    name: str
    clips: int
    seconds: float
    source: str

    def __post_init__(self) -> None:
        if self.clips < 1 or not self.seconds > 0:
            raise SettingError(
                f"{self.clips} clips of {self.seconds} s are no collection; give at least one, longer than 0 s"
            )


# The paper tells of 10 to 60 s in IG-Kinetics and IG-Random, of no mean: 10 s is one clip's worth.
SIZES = {
    "kinetics": Size("Kinetics", 240_000, 10.0, "paper 4.1"),
    "audioset": Size("AudioSet", 2_000_000, 10.0, "paper 4.1"),
    "ig65m": Size("IG-Random or IG-Kinetics", 65_000_000, 10.0, "paper 4.1: 65M of 10 to 60 s; 10 s are assumed"),
}
