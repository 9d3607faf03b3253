import NIOCore

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Why a server could not listen, in words for whoever started it.
public struct ListenFailure: Error, CustomStringConvertible {
    public let description: String

    init(address: ListenAddress, _ error: any Error) {
        let reason =
            switch (error as? IOError)?.errnoCode {
            case EADDRINUSE: "the port is in use; --listen takes another"
            case EACCES: "no permission; ports below 1024 need a privileged user"
            case EADDRNOTAVAIL: "this machine has no such address"
            default: (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)"
            }
        if error is SocketAddressError.UnknownHost {
            description = "can't listen on \(address): there is no host of that name"
            return
        }
        description = "can't listen on \(address): \(reason)"
    }
}

extension SocketAddress {
    /// Whether only this machine can reach it.
    var isLoopback: Bool {
        switch self {
        case .v4: return ipAddress?.hasPrefix("127.") == true
        case .v6: return ipAddress == "::1" || ipAddress?.hasPrefix("::ffff:127.") == true
        case .unixDomainSocket: return true
        }
    }
}

extension IOError {
    /// Whether the process, or the system, has no file descriptor or no memory left.
    var isOutOfResources: Bool { [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(errnoCode) }
}
