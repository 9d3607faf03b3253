// A handler's author imports HandlerKit and nothing else: settings, what replies are written with, what a name may be,
// and what is counted by the clock belong to it.
@_exported import JSONWire
@_exported import Names
@_exported import Settings
@_exported import Timing
