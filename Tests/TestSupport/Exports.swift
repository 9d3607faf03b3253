@_exported import HandlerTesting
@_exported import Seeds
