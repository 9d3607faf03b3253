#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A TCP connection to a port of 127.0.0.1, used from one thread, with blocking calls.
///
/// Not NIO's: what is in the socket's buffer must be seen at once, and nothing that the server does may be shared.
struct ClientSocket {
    private let descriptor: Int32
    /// How long a `receive` waits, in milliseconds of real time; a server that works is a thousand times faster.
    private static let patience: Int32 = 5_000

    /// - Throws: `ScriptFault` when nobody listens there.
    init(port: Int) throws {
        #if canImport(Glibc)
            descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
            descriptor = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port)).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { [descriptor] in
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            close()
            throw ScriptFault("cannot connect to port \(port): errno \(errno)")
        }
        ignoreBrokenPipes()
    }

    /// Bytes that the server will not take any more are lost, as they are for any client.
    func send(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if sent < 0 && errno == EINTR { continue }
            guard sent > 0 else { return }
            rest = rest.dropFirst(sent)
        }
    }

    func receive(waiting: Bool) -> ConversationArrival {
        var events = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&events, 1, waiting ? Self.patience : 0) > 0 else { return .nothing }
        let bytes = [UInt8](unsafeUninitializedCapacity: 65_536) { memory, count in
            count = max(0, read(descriptor, memory.baseAddress, memory.count))
        }
        return bytes.isEmpty ? .end : .bytes(bytes)
    }

    func close() { _ = closeDescriptor(descriptor) }

    /// Makes `close` a reset instead of the stream's end.
    func resetOnClose() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
    }
}

/// Outside the type, whose own `close` hides the system's.
private func closeDescriptor(_ descriptor: Int32) -> Int32 { close(descriptor) }

/// Writing to a connection that is gone is an error like others, and no reason for the process to end.
private func ignoreBrokenPipes() { signal(SIGPIPE, SIG_IGN) }
