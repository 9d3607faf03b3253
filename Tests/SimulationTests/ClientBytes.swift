/// What clients send, byte by byte (RFC 6455, section 5).
enum ClientBytes {
    /// - Parameters:
    ///   - isBad: whether it is a version of the protocol that there is not.
    ///   - extensions: what it offers.
    ///   - isReturning: whether it is going to resume a session.
    static func upgrade(isBad: Bool, extensions: String?, isReturning: Bool) -> [UInt8] {
        let offer = extensions.map { "Sec-WebSocket-Extensions: \($0)\r\n" } ?? ""
        return Array(head(isReturning ? "/?resume" : "/", version: isBad ? 12 : 13, offer).utf8)
    }

    private static func head(_ target: String, version: Int, _ more: String) -> String {
        """
        GET \(target) HTTP/1.1\r
        Host: 127.0.0.1:8080\r
        Upgrade: websocket\r
        Connection: Upgrade\r
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
        Sec-WebSocket-Version: \(version)\r
        \(more)\r

        """
    }

    /// - Parameter first: FIN, the reserved bits and the opcode.
    static func frame(_ first: UInt8, _ payload: [UInt8]) -> [UInt8] {
        [first] + length(payload.count) + mask + masked(payload)
    }

    private static let mask: [UInt8] = [0x5A, 0x00, 0xC3, 0x7F]

    /// Eight bytes at a time, which matters in a debug build.
    private static func masked(_ payload: [UInt8]) -> [UInt8] {
        var bytes = payload + [UInt8](repeating: 0, count: 8)
        let key = (mask + mask).withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
        bytes.withUnsafeMutableBytes { bytes in
            var place = 0
            while place < payload.count {
                let masked = bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self) ^ key
                bytes.storeBytes(of: masked, toByteOffset: place, as: UInt64.self)
                place += 8
            }
        }
        bytes.removeLast(8)
        return bytes
    }

    /// A frame of as many letters; its mask is 0, so that nothing is to be done for each.
    static func frame(_ first: UInt8, large count: Int) -> [UInt8] {
        [first] + length(count) + [0, 0, 0, 0] + [UInt8](repeating: UInt8(ascii: "x"), count: count)
    }

    static func close(_ code: Int) -> [UInt8] { frame(0x88, [UInt8(code >> 8), UInt8(code & 0xFF)]) }

    private static func length(_ count: Int) -> [UInt8] {
        switch count {
        case ..<126: [0x80 | UInt8(count)]
        case ..<65_536: [0x80 | 126, UInt8(count >> 8), UInt8(count & 0xFF)]
        default: [0x80 | 127] + (0..<8).reversed().map { UInt8(truncatingIfNeeded: count >> ($0 * 8)) }
        }
    }
}
