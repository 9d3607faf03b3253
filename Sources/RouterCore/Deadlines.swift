/// Times at which something is to be looked at again, soonest first. An entry may be late news: whoever is looked at
/// decides anew, so nothing is ever cancelled.
public struct Deadlines<Subject> {
    /// A binary heap: no entry is sooner than the one at half its index.
    private var heap: [(at: Int64, turn: Int, of: Subject)] = []
    private var added = 0

    public init() {}

    /// When the soonest is due, in milliseconds of the router's clock.
    public var next: Int64? { heap.first?.at }

    /// Of two that are due at the same time the one added first comes first.
    public mutating func add(_ subject: Subject, at time: Int64) {
        added += 1
        heap.append((time, added, subject))
        var child = heap.count - 1
        while child > 0, isSooner(child, than: (child - 1) / 2) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    private func isSooner(_ one: Int, than other: Int) -> Bool {
        (heap[one].at, heap[one].turn) < (heap[other].at, heap[other].turn)
    }

    /// - Returns: the next subject that is due, and takes it out.
    public mutating func popDue(at now: Int64) -> Subject? {
        guard let first = heap.first, first.at <= now else { return nil }
        heap[0] = heap[heap.count - 1]
        heap.removeLast()
        siftDown()
        return first.of
    }

    private mutating func siftDown() {
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && isSooner(child, than: least) {
                least = child
            }
            guard least != parent else { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
