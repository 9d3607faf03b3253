import NIOConcurrencyHelpers

/// Carries a value from one thread to another, so that only one of them has it at any time: it stays the only owner of its
/// storage, which a closure that captured the value would share.
///
/// `@unchecked Sendable`: whoever puts the value in has given it away, and `take` gives it to one caller only, under the lock.
package final class Handover<Value: ~Copyable>: @unchecked Sendable {  // as proved above
    private let lock = NIOLock()
    private var value: Value?

    package init(_ value: consuming Value) { self.value = consume value }

    package func take() -> Value? {
        lock.lock()
        defer { lock.unlock() }
        return value.take()
    }
}
