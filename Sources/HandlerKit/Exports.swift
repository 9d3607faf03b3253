// A handler's author imports HandlerKit and nothing else: settings, and what replies are written with, belong to it.
@_exported import JSONWire
@_exported import Settings
