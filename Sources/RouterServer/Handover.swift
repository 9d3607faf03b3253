import NIOConcurrencyHelpers
import RouterCore

/// Carries the handlers from one thread to another.
///
/// `@unchecked Sendable`: whoever puts them in has given them away, and `take` gives them to one caller only, under the lock.
package final class Handover: @unchecked Sendable {  // as proved above
    private let lock = NIOLock()
    private var pipeline: Pipeline?

    package init(_ pipeline: consuming Pipeline) { self.pipeline = consume pipeline }

    package func take() -> Pipeline? {
        lock.lock()
        defer { lock.unlock() }
        return pipeline.take()
    }
}
