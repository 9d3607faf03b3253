// The author of a handler imports HandlerTesting, Testing and the handlers: all that HandlerKit has comes with it.
@_exported import HandlerKit
