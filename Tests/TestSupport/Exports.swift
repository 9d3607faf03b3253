@_exported import Seeds
