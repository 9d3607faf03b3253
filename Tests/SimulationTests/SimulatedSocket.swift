import NIOCore
@testable import RouterServer
import Seeds

/// Stands where the system's socket is: between the server's connection and a client that may be slow, or gone.
///
///     Connection ─► send ───────────────► held (at most `room`) ─► the client
///               └─► write ─► queue ─► ───┘
final class SimulatedSocket: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let room: Int
    private let isShort: Bool
    private let plant: Planting?
    private var random: Seeded
    /// What the client has not read yet.
    private var held = ByteBuffer()
    /// What the channel has and the socket did not take: as NIO keeps it, and loses it when the channel is closed.
    private var queue: [(bytes: ByteBuffer, promise: EventLoopPromise<Void>?)] = []
    private var flushed = 0
    private(set) var wantsRead = false
    private(set) var isOutputClosed = false
    private(set) var isClosed = false
    /// Whether the next that is sent finds out that the client is gone.
    var isBroken = false
    /// Whether the process that writes is gone: then nothing more of it comes here.
    var isDead = false
    /// Whether it has ever taken less than there was.
    private(set) var wasBehind = false
    /// What must not happen between a server and its socket.
    private(set) var misuse: String?

    init(room: Int, isShort: Bool, seed: UInt64, _ plant: Planting?) {
        self.plant = plant
        self.room = room
        self.isShort = isShort
        random = Seeded(seed)
    }

    /// - Returns: how many of so many bytes are taken.
    private func taken(of count: Int) -> Int {
        let most = min(count, room - held.readableBytes)
        guard isShort, most > 0, random.chance(3) else { return most }
        return Int.random(in: 0...most, using: &random)
    }

    /// The call past the channel's queue.
    func send(_ bytes: UnsafeRawBufferPointer) -> DirectSocket.Outcome {
        if isDead { return .broken }
        if !queue.isEmpty { misuse = "bytes overtake those in the channel's queue" }
        if isOutputClosed { misuse = "bytes after the end of the output" }
        if isClosed { misuse = "bytes for a closed socket" }
        if isBroken { return .broken }
        let count = taken(of: bytes.count)
        held.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
        if count < bytes.count { wasBehind = true }
        return .took(plant?.said(count, of: bytes.count) ?? count)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if isOutputClosed { misuse = "a write after the end of the output" }
        queue.append((unwrapOutboundIn(data), promise))
    }

    func flush(context: ChannelHandlerContext) {
        flushed = queue.count
        if isBroken { return context.close(promise: nil) }
        drain()
    }

    /// The socket takes from the channel's queue what it has room for.
    private func drain() {
        while flushed > 0, !isClosed, !isDead {
            let count = min(queue[0].bytes.readableBytes, room - held.readableBytes)
            if var part = queue[0].bytes.readSlice(length: count) { held.writeBuffer(&part) }
            guard queue[0].bytes.readableBytes == 0 else { return }
            flushed -= 1
            queue.removeFirst().promise?.succeed()
        }
    }

    func read(context: ChannelHandlerContext) { wantsRead = true }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if mode == .output {
            isOutputClosed = true
            return promise?.succeed() ?? ()
        }
        isClosed = true
        flushed = 0
        let lost = queue
        queue = []
        for (_, promise) in lost { promise?.fail(ChannelError.ioOnClosedChannel) }
        context.close(mode: mode, promise: promise)
    }

    // MARK: - The client's side

    /// - Returns: whether the server wants to read; it has to ask again after that.
    func takeRead() -> Bool {
        defer { wantsRead = false }
        return wantsRead
    }

    /// The client reads.
    func take(upTo most: Int) -> ByteBuffer? {
        guard held.readableBytes > 0, let bytes = held.readBytes(length: min(most, held.readableBytes)) else {
            return nil
        }
        held.discardReadBytes()
        drain()
        return ByteBuffer(bytes: bytes)
    }

    /// Whether something waits that it has no room for.
    var isBehind: Bool { !queue.isEmpty }

    /// Whether the client would find out that nothing more comes.
    var isAtEnd: Bool { (isDead || isOutputClosed && queue.isEmpty || isClosed) && held.readableBytes == 0 }
}
