import DequeModule
import NIOCore
import RouterCore

/// What a client is still to get, in order: bytes of its own, and its place in what it shares with others.
struct Outbox {
    private enum Piece {
        case own(ByteBuffer)
        case shared(SharedLog.Span)
    }

    /// Up to this size a piece of its own is added to the last one instead of standing alone.
    private static let smallPiece = 16 << 10

    private var pieces = Deque<Piece>()
    /// The piece behind them, when it is shared: it stands apart to grow where it is, for that happens each turn.
    private var tail: SharedLog.Span?
    /// How much it is in all, as far as that is known: what it follows may have grown.
    private(set) var bytes = 0
    /// Whether what comes behind its tail in the log is for this client, too.
    private(set) var isFollowing = false
    /// Something could not be sent any more: what comes after it must not be either.
    var isOverrun = false

    var isEmpty: Bool { bytes == 0 && !isFollowing }

    mutating func stopFollowing() {
        takeInLog()
        isFollowing = false
    }

    /// Finds out how much there is of what it follows.
    mutating func takeInLog() {
        guard isFollowing, let before = tail?.count else { return }
        tail?.extendToEnd()
        bytes += (tail?.count ?? before) - before
    }

    /// Whether there is something to be sent. Who has got to the end of what it follows does not follow any more.
    mutating func hasMore() -> Bool {
        if bytes == 0, isFollowing {
            stopFollowing()
            if bytes == 0 { tail = nil } else { isFollowing = true }
        }
        return bytes > 0
    }

    mutating func add(_ more: ByteBuffer) {
        guard more.readableBytes > 0 else { return }
        stopFollowing()
        bytes += more.readableBytes
        endTail()
        if case .own(var last)? = pieces.last, last.readableBytes + more.readableBytes <= Self.smallPiece {
            pieces[pieces.count - 1] = .own(ByteBuffer())  // or writing would copy it
            last.writeImmutableBuffer(more)
            pieces[pieces.count - 1] = .own(last)
        } else {
            pieces.append(.own(more))
        }
    }

    /// - Parameter follows: whether what comes behind the span in its log belongs to this from here on; it is the last now.
    mutating func add(_ span: SharedLog.Span, follows: Bool = false) {
        assert(!isFollowing, "who follows finds it")
        guard span.count > 0 else { return }
        bytes += span.count
        if tail?.join(span) != true {
            endTail()
            tail = span
        }
        isFollowing = follows
    }

    private mutating func endTail() {
        guard let span = tail.take(), span.count > 0 else { return }
        pieces.append(.shared(span))
    }

    /// The bytes at its front that stand in a row; none when it is empty.
    func withFront<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        switch pieces.first {
        case nil: tail?.withFront(body) ?? body(UnsafeRawBufferPointer(start: nil, count: 0))
        case .own(let buffer): buffer.withUnsafeReadableBytes(body)
        case .shared(let span): span.withFront(body)
        }
    }

    /// Takes away bytes at its front.
    ///
    /// - Parameter count: at most as many as stand there in a row.
    mutating func drop(_ count: Int) {
        guard count > 0 else { return }
        bytes -= count
        guard let first = pieces.first else {
            tail?.drop(count)
            if isEmpty { tail = nil }
            return
        }
        switch first {
        case .own(var buffer):
            buffer.moveReaderIndex(forwardBy: count)
            setFirst(buffer.readableBytes > 0 ? .own(buffer) : nil)
        case .shared(var span):
            span.drop(count)
            setFirst(span.count > 0 ? .shared(span) : nil)
        }
        // Nobody who has caught up should hold on to storage for those times when it is behind.
        if pieces.isEmpty { pieces = Deque() }
    }

    private mutating func setFirst(_ piece: Piece?) {
        if let piece { pieces[0] = piece } else { pieces.removeFirst() }
    }

    /// Takes bytes from its front as a buffer of their own.
    ///
    /// - Parameter most: of those that stand in a row.
    mutating func take(upTo most: Int) -> ByteBuffer {
        let front = withFront { ByteBuffer(bytes: UnsafeRawBufferPointer(rebasing: $0.prefix(most))) }
        drop(front.readableBytes)
        return front
    }

    /// Forgets everything.
    mutating func removeAll() {
        pieces = Deque()
        tail = nil
        (bytes, isFollowing) = (0, false)
    }
}
