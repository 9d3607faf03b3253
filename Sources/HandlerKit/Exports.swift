// A handler's author imports HandlerKit and nothing else: what replies are written with belongs to it.
@_exported import JSONWire
