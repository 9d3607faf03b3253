import HandlerKit
import JSONWire
import NIOCore

/// A connection that wants to resume a session, and has none yet (P46).
final class Visitor {
    let connection: Int
    let address: String
    /// What limits know the address by; nil when they do not apply to it.
    let network: IPAddress?
    /// Never given twice.
    let serial: Int
    /// The how many-th it is of those that want to resume a session, in the order in which they have come.
    let order: Int
    /// What it wants to resume; nil until it has said so.
    var returning: Returning?
    /// What came behind that.
    var queue: [Arrival] = []
    /// Nothing more of it should be read.
    var isHeld = false
    /// It waits until the journal is read for fewer others.
    var isInLine = false

    init(_ connection: Int, _ address: String, _ network: IPAddress?, serial: Int, order: Int) {
        (self.connection, self.address, self.network) = (connection, address, network)
        (self.serial, self.order) = (serial, order)
    }
}

/// The way back to a session.
struct Returning {
    let resumption: Resumption
    /// The token that the client has shown.
    let shown: ResumeToken
    /// As JSON; empty without one.
    let ref: ByteBuffer
    /// It has all that it may have up to this id.
    var position: Int64
    /// How many messages it has missed; nil until it is told.
    var missed: Int?
    /// What it waits for; nil when not for the journal.
    var reading: Int?
}

/// `{"type":"resume","token":T,"after":ID}`.
struct ResumeRequest {
    let token: ResumeToken?
    let after: Int64?
    let ref: ByteBuffer

    /// - Returns: nil when the message asks for something else.
    init?(_ message: Message, ref: JSONRaw?) {
        guard message.isOf(type: "resume") else { return nil }
        token = (try? message.string("token")).flatMap { $0 }.flatMap { ResumeToken($0) }
        after = (try? message.id("after")).flatMap { $0 }
        self.ref = ref.map { ByteBuffer(bytes: $0.text.readableBytesView) } ?? ByteBuffer()
    }
}

/// What something is read of the journal for.
enum ReadingFor {
    /// One who comes back, by its connection.
    case visitor(Int)
    /// A room's posts in memory.
    case window(Int, PostWindow.Gap)
}

/// What the journal has for one who comes back.
struct Reading: Sendable {
    /// nil when they were not asked for.
    let keys: [JournalKey]?
    /// nil when some of what was missed may not be kept any more.
    let count: Int?
    /// The same.
    let rows: [JournalRow]?
    /// The last id that was looked for.
    let upTo: Int64

    static func of(
        _ missed: Missed, in journal: any Journal, keys: Int?, most: Int?, maxBytes: Int
    ) async throws(JournalFailure) -> Reading {
        var known: [JournalKey]?
        if let keys { known = try await journal.keys(of: missed.user, limit: keys) }
        var count: Int? = 0
        if let most { count = try await journal.count(missed, most: most) }
        let rows = try await journal.page(of: missed, limit: 1_000, maxBytes: maxBytes)
        return Reading(keys: known, count: count, rows: rows, upTo: missed.upTo)
    }
}
