import HandlerKit

/// How much one client, or all of them, may ask of the router.
public struct Limits: SettingsSection {
    @Setting("Longest message, in bytes; a longer one is thrown away as it comes.", in: .bytes(64)...(.mebibytes(64)))
    public var maxMessageBytes: ByteCount = 10_240

    @Setting(
        "Most bytes of a message, all its frames together; past that the connection is closed with 1009.",
        in: .bytes(64)...(.mebibytes(64)))
    public var maxFrameBytes: ByteCount = 1_048_576

    @Setting("Most frames that one message may come in.", in: 1...1_000_000)
    public var maxFragments = 128

    @Setting("Most users at the same time; the next one is told \"Server is full\".", in: 1...1_000_000)
    public var maxConnections = 1_000

    @Setting(
        "Most connections that are not users: in their handshake, or closing; further ones are cut at once.",
        in: 1...1_000_000)
    public var maxHandshakes = 1_000

    @Setting("Longest request head of a handshake, in bytes.", in: .bytes(512)...(.mebibytes(1)))
    public var maxHeaderBytes: ByteCount = 8_192

    @Setting("Most header lines of a handshake.", in: 8...1_000)
    public var maxHeaderCount = 64

    @Setting("Deepest nesting of objects and arrays in a message.", in: 1...64)
    public var maxJsonDepth = 64

    @Setting("Most members and elements in a message, at all depths together.", in: 8...1_000_000)
    public var maxJsonMembers = 1_024

    @Setting(
        "Messages that are no valid request: so many within 10 seconds close their client with 1008.", in: 1...10_000
    )
    public var maxBadMessages = 100

    @Setting(
        "Most bytes waiting to be sent to one client; past that it is closed with 4103.",
        in: .kibibytes(64)...(.mebibytes(1_024)))
    public var maxOutboxBytes: ByteCount = 1_048_576

    @Setting("Most message keys remembered for a session; the oldest are forgotten first.", in: 0...100_000)
    public var maxKeysPerSession = 256

    @Setting("Messages of a session that wait behind one of theirs; then its socket is not read.", in: 1...1_000)
    public var maxWaitingMessages = 16

    @Setting(
        "Most things that handlers wait for at once, those included that nobody waits for any more; then what needs another is answered \"unavailable\".",
        in: 1...1_000_000)
    public var maxBackgroundWork = 1_000

    @Setting(
        "Longest that a message may wait in a handler; then it is answered \"unavailable\".",
        in: .milliseconds(100)...(.seconds(3_600)))
    public var maxHandlerWait: Duration = .seconds(30)

    @Setting("Most posts that a room keeps in memory; the oldest are forgotten first.", in: 0...1_000_000)
    public var maxRoomPosts = 1_000

    @Setting("Most bytes of posts that a room keeps in memory.", in: .bytes(0)...(.mebibytes(1_024)))
    public var maxRoomBytes: ByteCount = 1_048_576

    public init() {}
}
