"""mediacatalog: a catalogue of video footage in which the exact second can be found, and proved."""

__version__ = "0.1.0"
