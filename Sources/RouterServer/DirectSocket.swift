import NIOCore

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The shortest way of bytes into a client's socket: one call, past the channel's own queue.
///
/// The queue of a channel costs about as much as the call itself, for each write. It is needed only where the socket does
/// not take everything; so bytes go this way as long as nothing stands in the queue, and what the socket does not take is
/// left to the channel, which knows when it takes more.
struct DirectSocket {
    private enum Way {
        case system(NIOBSDSocket.Handle)
        case model((UnsafeRawBufferPointer) -> Outcome)
    }
    private let way: Way

    /// - Parameter channel: nil comes back for one without a socket, as in tests.
    init?(of context: ChannelHandlerContext) {
        let handle = try? context.pipeline.syncOperations.withUnsafeTransportIfAvailable(
            of: NIOBSDSocket.Handle.self
        ) { $0 }
        guard let handle else { return nil }
        way = .system(handle)
    }

    /// - Parameter send: what takes the bytes where a whole server runs in memory.
    init(sending send: @escaping (UnsafeRawBufferPointer) -> Outcome) { way = .model(send) }

    enum Outcome: Equatable {
        /// So many bytes were taken; perhaps none.
        case took(Int)
        /// The connection is no more.
        case broken
    }

    /// Must not be called once the channel has become inactive: the number may be another connection's by then.
    func send(_ bytes: UnsafeRawBufferPointer) -> Outcome {
        switch way {
        case .system(let handle): Self.sendUninterrupted(handle, bytes)
        case .model(let send): send(bytes)
        }
    }

    private static func sendUninterrupted(_ handle: NIOBSDSocket.Handle, _ bytes: UnsafeRawBufferPointer) -> Outcome {
        while true {
            let taken = send(handle, bytes)
            if taken >= 0 { return .took(taken) }
            switch errno {
            case EINTR: continue
            case EAGAIN, EWOULDBLOCK, ENOBUFS: return .took(0)
            default: return .broken
            }
        }
    }

    private static func send(_ handle: NIOBSDSocket.Handle, _ bytes: UnsafeRawBufferPointer) -> Int {
        #if canImport(Darwin)
            // The socket has been told not to raise SIGPIPE.
            Darwin.send(handle, bytes.baseAddress, bytes.count, Int32(MSG_DONTWAIT))
        #elseif canImport(Musl)
            Musl.send(handle, bytes.baseAddress, bytes.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
        #else
            Glibc.send(handle, bytes.baseAddress, bytes.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
        #endif
    }
}
