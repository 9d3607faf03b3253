import HandlerKit

/// How many there are of each address; of those that are exempt, which are nil, none is counted.
public struct AddressCounts: Sendable {
    private var counts: [IPAddress: Int] = [:]

    public init() {}

    /// Of how many addresses there are any.
    public var count: Int { counts.count }

    public subscript(address: IPAddress?) -> Int { address.flatMap { counts[$0] } ?? 0 }

    /// Counts one more.
    ///
    /// - Returns: false, when there are as many as `most` already; then it is not counted.
    public mutating func add(_ address: IPAddress?, upTo most: Int = .max) -> Bool {
        guard let address else { return true }
        guard self[address] < most else { return false }
        counts[address, default: 0] += 1
        return true
    }

    /// Counts one less.
    public mutating func remove(_ address: IPAddress?) {
        guard let address, let count = counts[address] else { return }
        counts[address] = count > 1 ? count - 1 : nil
    }
}
