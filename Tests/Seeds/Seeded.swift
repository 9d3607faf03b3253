/// SplitMix64: the same numbers for the same seed, so that a random test that failed fails again.
public struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    public init(_ seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    /// True `one` time in `times`.
    public mutating func happens(_ one: Int, in times: Int) -> Bool { Int.random(in: 0..<times, using: &self) < one }

    /// True once in `times`.
    public mutating func chance(_ times: Int) -> Bool { happens(1, in: times) }

    public mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: 0..<elements.count, using: &self)]
    }
}
