import Seeds

/// A log of records in memory. What is written is there for the process at once; for whoever comes after a crash only what
/// was synced is sure to be.
///
///     ┌────────┬──────────┬─────────┬─ ─ ─ ─ ┐
///     │ length │ checksum │ payload │  next    a checksum is of all before it, too: of what an earlier
///     └────────┴──────────┴─────────┴─ ─ ─ ─ ┘  write has left behind the end nothing can pass for a record
struct SimulatedFile {
    private var bytes: [UInt8] = []
    /// So many bytes are on the disk.
    private var synced = 0
    /// Where the last whole record ends, and its checksum.
    private var end = 0
    private var checksum = Self.seed

    /// What a crash leaves of what was not synced, in pieces of so many bytes.
    private static let sector = 32
    private static let headBytes = 12
    private static let seed: UInt64 = 0xCBF2_9CE4_8422_2325

    /// Writes a record behind the last one.
    ///
    /// - Parameters:
    ///   - room: so many bytes of it find place; nil for all. A part of a record counts as none.
    ///   - isInVain: whether it counts as none as well, and the next one takes its place.
    mutating func append(_ payload: [UInt8], room: Int? = nil, isInVain: Bool = false) {
        let (head, sum) = Self.head(of: payload[...], after: checksum)
        let record = head + payload
        let written = record.prefix(room ?? record.count)
        bytes.replaceSubrange(end..<min(bytes.count, end + written.count), with: written)
        guard written.count == record.count, !isInVain else { return }
        end += record.count
        checksum = sum
    }

    mutating func sync() { synced = end }

    // MARK: - Crashes

    /// The machine stops. Of what was not synced there are any pieces afterwards: none, some first bytes, some sectors, all.
    ///
    /// - Parameter cuts: leaves some first bytes, and nothing else.
    mutating func crash(_ random: inout Seeded, cuts: Bool) {
        let left = bytes.count - synced
        guard left > 0 else { return }
        switch cuts ? 1 : Int.random(in: 0..<4, using: &random) {
        case 0: bytes.removeLast(left)
        case 1: bytes.removeLast(Int.random(in: 0...left, using: &random))
        case 2:
            for start in stride(from: synced, to: bytes.count, by: Self.sector) where random.chance(3) {
                for place in start..<min(start + Self.sector, bytes.count) { bytes[place] = 0 }
            }
        default: break
        }
    }

    /// Opens it again: what is behind the last whole record is thrown away.
    ///
    /// - Parameter isCareless: takes what is there of a torn record for a whole one.
    /// - Returns: the payloads.
    mutating func recover(isCareless: Bool = false) -> (whole: [[UInt8]], torn: [UInt8]?) {
        var whole: [[UInt8]] = []
        (end, checksum) = (0, Self.seed)
        while let length = payloadLength(at: end), end + Self.headBytes + length <= bytes.count {
            let payload = bytes[end + Self.headBytes..<end + Self.headBytes + length]
            let (head, sum) = Self.head(of: payload, after: checksum)
            guard head == Array(bytes[end..<end + Self.headBytes]) else { break }
            whole.append(Array(payload))
            end += head.count + length
            checksum = sum
        }
        let torn = bytes.count > end + Self.headBytes ? Array(bytes[(end + Self.headBytes)...]) : nil
        bytes.removeLast(bytes.count - end)
        sync()
        return (whole, torn)
    }

    private func payloadLength(at place: Int) -> Int? {
        guard place + Self.headBytes <= bytes.count else { return nil }
        return bytes[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
    }

    private static func head(of payload: ArraySlice<UInt8>, after checksum: UInt64) -> ([UInt8], UInt64) {
        let length = (0..<4).reversed().map { UInt8(truncatingIfNeeded: payload.count >> ($0 * 8)) }
        var sum = length.reduce(checksum) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
        for byte in payload { sum = (sum ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        return (length + (0..<8).map { UInt8(truncatingIfNeeded: sum >> ($0 * 8)) }, sum)
    }
}
