// A handler's author imports HandlerKit and nothing else: these belong to it.
@_exported import Addresses
@_exported import JSONWire
@_exported import Names
@_exported import Settings
@_exported import Timing
