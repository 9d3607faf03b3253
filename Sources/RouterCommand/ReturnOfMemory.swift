#if canImport(Glibc)
    import CMalloc
    import Dispatch
    import Glibc
    import NIOCore

    /// Gives memory that a crowd needed back to the system when the crowd has gone. By itself glibc gives back what lies
    /// at the end of its heap, and almost nothing does: between the blocks of those who went lies one of those who stayed.
    enum ReturnOfMemory {
        /// Sets the allocator up, and looks after it once a second.
        static func begin() {
            heap_setUp(Int32(max(2, System.coreCount)))
            look(after: Heap(), on: DispatchQueue(label: "memory", qos: .background))
        }

        private static func look(after heap: Heap, on queue: DispatchQueue) {
            queue.asyncAfter(deadline: .now() + .seconds(1)) {
                var heap = heap
                heap.look()
                look(after: heap, on: queue)
            }
        }
    }

    /// When to return what is free: it takes a while, and loops that need memory wait meanwhile.
    private struct Heap: Sendable {
        /// Most that the process may have worked in a second to count as at rest, in milliseconds.
        private static let rest: Int64 = 250
        /// Work without which nothing worth while has been freed, in milliseconds.
        private static let work: Int64 = 5
        /// Bytes that may be kept.
        private static let slack = 1 << 20

        private var worked: Int64 = 0
        private var workedAtReturn = -Heap.work
        /// The fewest bytes that were left after a return.
        private var least = Int.max

        mutating func look() {
            let now = Self.processorMilliseconds
            let isAtRest = now - worked < Self.rest
            worked = now
            guard isAtRest, now - workedAtReturn >= Self.work,
                least == .max || Self.residentBytes > least + Self.slack
            else { return }
            heap_giveBack()
            workedAtReturn = Self.processorMilliseconds
            least = min(least, Self.residentBytes)
        }

        private static var processorMilliseconds: Int64 {
            var time = timespec()
            clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
            return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
        }

        /// The second number of `/proc/self/statm`, in pages.
        private static var residentBytes: Int {
            let file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
            guard file >= 0 else { return 0 }
            defer { close(file) }
            var text = [UInt8](repeating: 0, count: 128)
            let count = read(file, &text, text.count)
            let numbers = text.prefix(max(0, count)).split(separator: UInt8(ascii: " "))
            return numbers.dropFirst().first.flatMap { Int(String(decoding: $0, as: UTF8.self)) }
                .map { $0 * Int(getpagesize()) } ?? 0
        }
    }
#else
    /// Other allocators give back what is free by themselves.
    enum ReturnOfMemory {
        static func begin() {}
    }
#endif
