/// The objects and arrays that are open at one place of a text, as one bit each: the reason why depth costs no stack.
struct OpenContainers {
    static let capacity = 64

    /// The innermost is the lowest bit; 1 is an object.
    private var bits: UInt64 = 0
    private(set) var depth = 0

    var isEmpty: Bool { depth == 0 }
    var innermostIsObject: Bool { bits & 1 == 1 }

    /// Beyond ``capacity`` the outermost is forgotten; callers stop before.
    mutating func open(object: Bool) {
        bits = bits &<< 1 | (object ? 1 : 0)
        depth &+= 1
    }

    mutating func close() {
        bits = bits &>> 1
        depth &-= 1
    }
}
