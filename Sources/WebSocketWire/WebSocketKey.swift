/// The key of a handshake and the answer that proves the server speaks WebSocket (RFC 6455, section 4.2.2).
enum WebSocketKey {
    private static let uniqueID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

    /// Whether `key` is base64 of 16 bytes: 22 characters and `==`.
    static func isValid(_ key: String) -> Bool {
        key.utf8.count == 24 && key.hasSuffix("==") && key.utf8.dropLast(2).allSatisfy(Base64.alphabet.contains)
    }

    /// The value of `Sec-WebSocket-Accept`.
    static func accept(_ key: String) -> String {
        Base64.encode(SHA1.digest(Array((key + uniqueID).utf8)))
    }
}

/// Base64 with padding (RFC 4648, section 4).
enum Base64 {
    static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for sextet in 0..<4 {
                text.append(sextet <= group.count ? alphabet[bits >> (18 - 6 * sextet) & 0x3F] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
