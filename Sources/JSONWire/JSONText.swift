/// Strings as JSON writes them: in quotes, `"`, `\` and U+0000 to U+001F escaped, everything else as it is (RFC 8259, section 7).
public enum JSONText {
    /// How many bytes ``encode(_:)`` gives, the quotes included.
    public static func encodedLength(_ string: String) -> Int {
        var string = string
        return string.withUTF8 { encodedLength(UnsafeRawBufferPointer($0)) }
    }

    /// The string with its quotes, in UTF-8.
    public static func encode(_ string: String) -> [UInt8] {
        var string = string
        return string.withUTF8 { utf8 in
            let source = UnsafeRawBufferPointer(utf8)
            let length = encodedLength(source)
            return [UInt8](unsafeUninitializedCapacity: length) { target, count in
                encode(source, length: length, to: UnsafeMutableRawBufferPointer(target))
                count = length
            }
        }
    }

    static func encodedLength(_ utf8: UnsafeRawBufferPointer) -> Int {
        guard ByteScan.hasSpecial(utf8) else { return utf8.count + 2 }
        return utf8.reduce(utf8.count + 2) { length, byte in length + extraLength(byte) }
    }

    /// How many bytes a byte's escape has beyond the one.
    private static func extraLength(_ byte: UInt8) -> Int {
        switch shortEscape(byte) {
        case 0: 0
        case UInt8(ascii: "u"): 5
        default: 1
        }
    }

    /// The letter behind the backslash; 0 for a byte that stands for itself.
    private static func shortEscape(_ byte: UInt8) -> UInt8 {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): byte
        case 0x08: UInt8(ascii: "b")
        case 0x09: UInt8(ascii: "t")
        case 0x0A: UInt8(ascii: "n")
        case 0x0C: UInt8(ascii: "f")
        case 0x0D: UInt8(ascii: "r")
        case 0..<0x20: UInt8(ascii: "u")
        default: 0
        }
    }

    /// - Parameters:
    ///   - length: the text's ``encodedLength(_:)``.
    ///   - target: at least that many bytes; checked here, once, and every byte below is one that the length counted.
    static func encode(_ utf8: UnsafeRawBufferPointer, length: Int, to target: UnsafeMutableRawBufferPointer) {
        precondition(target.count >= length && length >= utf8.count + 2)
        target[0] = UInt8(ascii: "\"")
        target[length - 1] = UInt8(ascii: "\"")
        if length == utf8.count + 2 {
            UnsafeMutableRawBufferPointer(rebasing: target[1..<length - 1]).copyMemory(from: utf8)
        } else {
            encodeEscaping(utf8, to: target)
        }
    }

    private static func encodeEscaping(_ utf8: UnsafeRawBufferPointer, to target: UnsafeMutableRawBufferPointer) {
        var position = 1
        func put(_ byte: UInt8) {
            target[position] = byte
            position &+= 1
        }
        for byte in utf8 {
            let letter = shortEscape(byte)
            guard letter != 0 else {
                put(byte)
                continue
            }
            put(UInt8(ascii: "\\"))
            put(letter)
            guard letter == UInt8(ascii: "u") else { continue }
            put(UInt8(ascii: "0"))
            put(UInt8(ascii: "0"))
            put(ASCII.hexadecimal(byte &>> 4))
            put(ASCII.hexadecimal(byte & 0xF))
        }
    }
}
