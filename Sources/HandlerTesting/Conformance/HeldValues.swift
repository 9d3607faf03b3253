import NIOCore

/// Counts what is stored in a value and in all that it refers to; texts and bytes count by their length.
struct HeldValues {
    private var seen: Set<ObjectIdentifier> = []

    /// - Returns: the counts of its stored properties, by their names.
    static func counts(in owner: Any) -> [String: Int] {
        var held = HeldValues()
        var counts: [String: Int] = [:]
        for child in Mirror(reflecting: owner).children {
            counts[child.label ?? "", default: 0] += held.count(child.value)
        }
        return counts
    }

    private mutating func count(_ value: Any) -> Int {
        switch value {
        case let text as String: return 1 + text.utf8.count / 16
        case let bytes as [UInt8]: return 1 + bytes.count / 16
        case let bytes as ByteBuffer: return 1 + bytes.readableBytes / 16
        case is Int, is Int64, is Double, is Bool: return 1
        default: break
        }
        let mirror = Mirror(reflecting: value)
        if mirror.displayStyle == .class || type(of: value) is AnyClass {
            guard seen.insert(ObjectIdentifier(value as AnyObject)).inserted else { return 1 }
        }
        var total = 1
        for child in mirror.children { total += count(child.value) }
        return mirror.superclassMirror.map { total + count(of: $0) } ?? total
    }

    private mutating func count(of mirror: Mirror) -> Int {
        var total = 0
        for child in mirror.children { total += count(child.value) }
        return mirror.superclassMirror.map { total + count(of: $0) } ?? total
    }
}
