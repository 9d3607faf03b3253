/// A way into the router for bytes from strangers, with rules that hold whatever these bytes are.
public struct FuzzTarget: Sendable {
    /// As its corpus is called.
    public let name: String
    /// Longest input that is worth trying, in bytes.
    public let maxBytes: Int
    private let body: @Sendable ([UInt8]) throws -> Void

    init(_ name: String, maxBytes: Int, _ body: @escaping @Sendable ([UInt8]) throws -> Void) {
        self.name = name
        self.maxBytes = maxBytes
        self.body = body
    }

    /// Feeds the bytes to the router.
    ///
    /// - Throws: `BrokenRule`, when what came of them breaks one.
    public func run(_ input: [UInt8]) throws { try body(input) }

    public static let all = [
        FuzzTarget("handshake", maxBytes: 600, HandshakeFuzz.run),
        FuzzTarget("frames", maxBytes: 400, FrameFuzz.run),
        FuzzTarget("utf8", maxBytes: 128, UTF8Fuzz.run),
        FuzzTarget("inflate", maxBytes: 256, InflateFuzz.run),
        FuzzTarget("json", maxBytes: 400, JSONFuzz.run),
        FuzzTarget("configuration", maxBytes: 1_024, ConfigurationFuzz.runAsConfiguration),
        FuzzTarget("plugins", maxBytes: 1_024, ConfigurationFuzz.runAsPlugins),
        FuzzTarget("conversation", maxBytes: 256, ConversationFuzz.run),
    ]
}

/// A rule that does not hold, in words.
public struct BrokenRule: Error, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}

/// - Parameter rule: what has to be so.
func require(_ holds: @autoclosure () throws -> Bool, _ rule: @autoclosure () -> String) throws {
    guard try holds() else { throw BrokenRule(rule()) }
}
