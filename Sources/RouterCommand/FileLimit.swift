#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// How many files, sockets included, this process may have open.
enum FileLimit {
    /// Fewest to start with: each loop has three of its own, and without a few for clients nobody is served.
    static func least(ioThreads: Int) -> Int { max(64, 32 + 3 * ioThreads) }

    /// Raises the soft limit, often 1,024 and about as many as there may be connections, to the hard one.
    ///
    /// - Returns: how many there may be now.
    static func raise() -> Int {
        #if canImport(Glibc)
            let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
            let files = RLIMIT_NOFILE
        #endif
        var limit = rlimit()
        guard getrlimit(files, &limit) == 0 else { return .max }
        let given = limit.rlim_cur
        limit.rlim_cur = limit.rlim_max
        let isRaised = given < limit.rlim_max && setrlimit(files, &limit) == 0
        return Int(clamping: isRaised ? limit.rlim_max : given)
    }
}
