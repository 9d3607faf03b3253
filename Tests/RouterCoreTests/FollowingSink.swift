import NIOCore
@testable import RouterCore

/// Clients that take only as much as the test says, and find in the log what comes behind what waits for them.
final class FollowingSink: DeliverySink {
    var open: Set<Int> = []
    /// How much is taken at once; all when nothing is said.
    var most: [Int: Int] = [:]
    var limit = Int.max
    private(set) var got: [Int: [UInt8]] = [:]
    private(set) var overrun: Set<Int> = []
    private(set) var keptSpans = 0
    private var outboxes: [Int: [Piece]] = [:]
    private var followers: Set<Int> = []

    private enum Piece { case own([UInt8]), span(SharedLog.Span) }

    var behind: Set<Int> { Set(outboxes.keys) }

    func remove(_ connection: Int) {
        outboxes[connection] = nil
        followers.remove(connection)
        got[connection] = nil
    }

    /// Takes what waits, up to so much.
    func drain(_ connection: Int, upTo most: Int) {
        lookAgain(connection)
        var (rest, pieces) = (most, outboxes[connection] ?? [])
        while rest > 0, let first = pieces.first {
            let bytes = bytes(of: first).prefix(rest)
            got[connection, default: []] += bytes
            rest -= bytes.count
            switch first {
            case .own(let own): pieces[0] = .own(Array(own.dropFirst(bytes.count)))
            case .span(let span): pieces[0] = .span(span.dropping(bytes.count))
            }
            if self.bytes(of: pieces[0]).isEmpty { pieces.removeFirst() }
        }
        outboxes[connection] = pieces.isEmpty ? nil : pieces
        if pieces.isEmpty { followers.remove(connection) }
    }

    private func bytes(of piece: Piece) -> [UInt8] {
        switch piece {
        case .own(let bytes): bytes
        case .span(let span): span.allBytes
        }
    }

    /// Takes in what has come in the log since.
    private func lookAgain(_ connection: Int) {
        guard followers.contains(connection), case .span(var span)? = outboxes[connection]?.popLast() else { return }
        span.extendToEnd()
        outboxes[connection]?.append(.span(span))
    }

    func isOpen(_ connection: Int) -> Bool { open.contains(connection) }
    func isBehind(_ connection: Int) -> Bool { outboxes[connection] != nil }
    func standing(of connection: Int) -> Standing {
        followers.contains(connection) ? .following : isBehind(connection) ? .behind : .free
    }

    func stopFollowing(_ connection: Int) {
        lookAgain(connection)
        followers.remove(connection)
    }

    func room(for connection: Int) -> Int {
        guard limit < .max else { return .max }
        lookAgain(connection)
        return limit - (outboxes[connection] ?? []).reduce(0) { $0 + bytes(of: $1).count }
    }

    func lose(_ connection: Int) { overrun.insert(connection) }

    func write(_ bytes: ByteBuffer, to connection: Int) -> Int {
        let taken = min(bytes.readableBytes, most[connection] ?? .max)
        got[connection, default: []] += bytes.readableBytesView.prefix(taken)
        return taken
    }

    func keep(_ bytes: ByteBuffer, for connection: Int) {
        outboxes[connection, default: []].append(.own(bytes.allBytes))
    }

    func keep(_ span: SharedLog.Span, for connection: Int) {
        keptSpans += 1
        outboxes[connection, default: []].append(.span(span))
        followers.insert(connection)
    }

    func close(_ connection: Int, _ closing: Closing) {}
    func hold(_ connection: Int) {}
    func goOn(_ connection: Int) {}
    func free(_ connection: Int) {}
}
