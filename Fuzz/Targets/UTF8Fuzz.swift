import WebSocketWire

/// Text that arrives in pieces: valid or not as Swift's own strings have it, and refused with the first byte that is wrong.
///
/// The first byte of an input says how the others are cut.
enum UTF8Fuzz {
    static func run(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        let splits = Splits(seed: input.byte())
        let text = Array(input.rest)
        let isValid = String(validating: text, as: UTF8.self) != nil
        try require(try accepts([text[...]]) == isValid, "whole: \(!isValid), and Swift says \(isValid)")
        try require(
            try accepts(splits.pieces(of: text)) == isValid, "in pieces: \(!isValid), and Swift says \(isValid)")
        try checkFirstFault(text)
    }

    private static func accepts(_ pieces: [ArraySlice<UInt8>]) throws -> Bool {
        var validator = UTF8Validator()
        var isValid = true
        for piece in pieces {
            let goesOn = piece.withUnsafeBytes { validator.validate($0) }
            try require(isValid || !goesOn, "a fault was taken back")
            isValid = goesOn
        }
        return isValid && validator.isComplete
    }

    /// Byte by byte, up to the fault the text can be completed, and from there on it cannot.
    private static func checkFirstFault(_ text: [UInt8]) throws {
        var validator = UTF8Validator()
        for (index, byte) in text.enumerated() {
            let goesOn = withUnsafeBytes(of: byte) { validator.validate($0) }
            // The state before this byte depends on the last three at most, of a text that was right up to here.
            let start = text[..<index].lastIndex { $0 & 0xC0 != 0x80 } ?? 0
            try require(
                goesOn == canBeCompleted(Array(text[min(start, index)...index])),
                "byte \(index), \(byte): \(goesOn ? "taken" : "refused")")
            if !goesOn { return }
        }
    }

    private static let endings: [[UInt8]] = [
        [], [0x80], [0xBF], [0x80, 0x80], [0xA0, 0x80], [0x90, 0x80], [0x80, 0x80, 0x80], [0x90, 0x80, 0x80],
    ]

    private static func canBeCompleted(_ text: [UInt8]) -> Bool {
        endings.contains { String(validating: text + $0, as: UTF8.self) != nil }
    }
}
