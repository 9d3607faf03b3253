// A handler's author imports HandlerKit and nothing else: settings, what replies are written with, and what is counted
// by the clock belong to it.
@_exported import JSONWire
@_exported import Settings
@_exported import Timing
