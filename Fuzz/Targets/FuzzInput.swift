import Seeds

/// The bytes of an input, taken from the front; behind the end there are zeros.
struct FuzzInput {
    private(set) var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    var isEmpty: Bool { rest.isEmpty }

    mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

    /// At most `count` bytes.
    mutating func bytes(_ count: Int) -> [UInt8] {
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }
}

/// Cuts bytes into the pieces in which they arrive; each seed cuts differently.
struct Splits {
    private let seed: UInt8

    init(seed: UInt8) { self.seed = seed }

    func pieces(of bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        var random = Seeded(UInt64(seed))
        let longest = [1, 2, 5, 17, 64, 300][Int(seed) % 6]
        var rest = bytes[...]
        var pieces: [ArraySlice<UInt8>] = []
        while !rest.isEmpty {
            let piece = rest.prefix(Int.random(in: 1...longest, using: &random))
            pieces.append(piece)
            rest = rest.dropFirst(piece.count)
        }
        return pieces
    }
}
