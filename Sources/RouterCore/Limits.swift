import HandlerKit

/// How much one client, or all of them, may ask of the router.
public struct Limits: SettingsSection {
    @Setting(
        "Longest message, in bytes; a longer one is thrown away as it comes.", in: .bytes(64)...(.mebibytes(64)),
        whenHit: "error `message_too_large`, the client stays. On an echo server close 1009")
    public var maxMessageBytes: ByteCount = 10_240

    @Setting(
        "Most bytes of a message, all its frames together; past that the connection is closed with 1009.",
        in: .bytes(64)...(.mebibytes(64)), whenHit: "close 1009 as soon as the frame's header says so")
    public var maxFrameBytes: ByteCount = 1_048_576

    @Setting("Most frames that one message may come in.", in: 1...1_000_000, unit: "frames", whenHit: "close 1008")
    public var maxFragments = 128

    @Setting(
        "Pings, and pongs that answer no ping, that a client may send within 10 seconds.", in: 1...1_000_000,
        unit: "frames", whenHit: "the one past it: error `bad_messages` and close 1008")
    public var maxControlFrames = 100

    @Setting(
        "Most bytes that compressed messages of a client are inflated to within 10 seconds only to be too large.",
        in: .kibibytes(64)...(.mebibytes(1_024)), whenHit: "error `bad_messages` and close 1008")
    public var maxInflatedInVain: ByteCount = 8_388_608

    @Setting(
        "Most users at the same time; the next one is told \"Server is full\".", in: 1...1_000_000, unit: "users",
        whenHit: "the next one is upgraded, gets error `server_full` and close 1013")
    public var maxConnections = 1_000

    @Setting(
        "Most users of one address at the same time; of IPv6 a /64 is one address.", in: 1...1_000_000, unit: "users",
        whenHit: "the next one is upgraded, gets error `too_many_connections` and close 4102")
    public var maxConnectionsPerAddress = 100

    @Setting(
        "Most connections that are no users yet; another makes the oldest of them go.", in: 1...1_000_000,
        unit: "connections", whenHit: "the oldest is cut; on an I/O loop that has none, the further one")
    public var maxHandshakes = 1_000

    @Setting(
        "Most connections of one address that are no users, or no more: in their handshake, or being closed.",
        in: 1...1_000_000, unit: "connections", whenHit: "a further one is cut at once, before anything of it is read")
    public var maxHandshakesPerAddress = 100

    @Setting(
        "Connections that one address may open at once.", in: 1...1_000_000, unit: "connections", whenHit: "the same")
    public var connectionBurst = 100

    @Setting(
        "Connections a second that one address may open after that.", in: 0.01...1_000_000, unit: "connections",
        whenHit: "the same")
    public var connectionsPerSecond = 10.0

    @Setting(
        "Addresses of which it is kept how many connections they opened lately.", in: 2...1_000_000, unit: "addresses",
        whenHit: "those that came first are forgotten, and may open as many as `connection_burst` again")
    public var maxAddresses = 10_000

    @Setting(
        "Addresses to which limits of one address do not apply; that of a proxy in front belongs here.",
        whenHit: "the limits of one address do not apply")
    public var exemptAddresses = AddressRange.loopback

    @Setting(
        "Longest request head of a handshake, in bytes.", in: .bytes(512)...(.mebibytes(1)), whenHit: "HTTP 431")
    public var maxHeaderBytes: ByteCount = 8_192

    @Setting("Most header lines of a handshake.", in: 8...1_000, unit: "lines", whenHit: "HTTP 431")
    public var maxHeaderCount = 64

    @Setting(
        "Deepest nesting of objects and arrays in a message.", in: 1...64, unit: "levels",
        whenHit: "error `invalid_message`")
    public var maxJsonDepth = 64

    @Setting(
        "Most members and elements in a message, at all depths together.", in: 8...1_000_000, unit: "members",
        whenHit: "error `invalid_message`")
    public var maxJsonMembers = 1_024

    @Setting(
        "Messages that are no valid request: so many within 10 seconds close their client with 1008.", in: 1...10_000,
        unit: "messages",
        whenHit: "the one that reaches it: after its own error, error `bad_messages` and close 1008")
    public var maxBadMessages = 100

    @Setting(
        "Most bytes waiting to be sent to one client; past that it is closed with 4103.",
        in: .kibibytes(64)...(.mebibytes(1_024)), whenHit: "close 4103, when another turn has something for the client")
    public var maxOutboxBytes: ByteCount = 1_048_576

    @Setting(
        "Most message keys remembered for a session; the oldest are forgotten first.", in: 0...100_000, unit: "keys",
        whenHit: "the oldest is forgotten; with 0 none is remembered")
    public var maxKeysPerSession = 256

    @Setting(
        "Messages of a session that wait behind one of theirs; then its socket is not read.", in: 1...1_000,
        unit: "messages", whenHit: "its socket is not read until one of them is through")
    public var maxWaitingMessages = 16

    @Setting(
        "Most things that handlers wait for at once, those included that nobody waits for any more; then what needs another is answered \"unavailable\".",
        in: 1...1_000_000, whenHit: "error `unavailable` with `retry_after_ms`")
    public var maxBackgroundWork = 1_000

    @Setting(
        "Longest that a message may wait in a handler; then it is answered \"unavailable\".",
        in: .milliseconds(100)...(.seconds(3_600)),
        whenHit: "error `unavailable` with `retry_after_ms`, and the next one's turn")
    public var maxHandlerWait: Duration = .seconds(30)

    @Setting(
        "Most posts that a room keeps in memory; the oldest are forgotten first.", in: 0...1_000_000, unit: "posts",
        whenHit: "the oldest is forgotten")
    public var maxRoomPosts = 1_000

    @Setting(
        "Most bytes of posts that a room keeps in memory.", in: .bytes(0)...(.mebibytes(1_024)),
        whenHit: "the oldest are forgotten; a post that is longer by itself empties the window")
    public var maxRoomBytes: ByteCount = 1_048_576

    @Setting(
        "Most sessions without a connection that can be resumed; those that ended first are forgotten first.",
        in: 0...1_000_000, unit: "sessions", whenHit: "the oldest can't be resumed any more: error `resume_failed`")
    public var maxResumableSessions = 10_000

    @Setting(
        "Most posts and private messages that a session may have missed and still be resumed.", in: 0...1_000_000,
        unit: "messages", whenHit: "error `resume_failed`, and its client is served as a new user")
    public var maxMissed = 10_000

    public init() {}

    /// What limits know an address by; nil when they do not apply to it.
    public func network(of address: IPAddress) -> IPAddress? {
        exemptAddresses.contains { $0.contains(address) } ? nil : address.network
    }
}
