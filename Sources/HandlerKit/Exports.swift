// A handler's author imports HandlerKit and nothing else: settings, what replies are written with, and the rules of
// names belong to it.
@_exported import JSONWire
@_exported import Names
@_exported import Settings
