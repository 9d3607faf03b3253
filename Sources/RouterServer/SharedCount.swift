import Synchronization

/// A number that all loops count together.
package final class SharedCount: Sendable {
    private let value = Atomic<Int>(0)

    package init() {}

    /// - Returns: what it is then.
    func add(_ difference: Int) -> Int { value.add(difference, ordering: .relaxed).newValue }
}
