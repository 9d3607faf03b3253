/// What a request asks for: a path (`/ws?a=b`) or, as a proxy writes it, a whole address (`http://host/ws?a=b`).
///
/// The other two forms, of CONNECT and `OPTIONS *`, are refused (RFC 9112, section 3.2).
struct RequestTarget: Equatable {
    let path: String
    let query: String?
    /// Host and port of a whole address; it counts, and the Host header does not (RFC 9112, section 3.2.2).
    let authority: String?

    init(_ target: Substring) throws(HTTPFault) {
        var rest = target
        if target.hasPrefix("/") {
            authority = nil
        } else {
            guard let (found, behind) = Self.authority(target), Authority(found) != nil else {
                throw .malformed("invalid request target")
            }
            authority = String(found)
            rest = behind
        }
        let mark = rest.utf8.firstIndex(of: UInt8(ascii: "?")) ?? rest.endIndex
        path = mark == rest.startIndex ? "/" : String(rest[..<mark])
        query = mark == rest.endIndex ? nil : String(rest[rest.utf8.index(after: mark)...])
    }

    private static func authority(_ target: Substring) -> (Substring, Substring)? {
        for scheme in ["http://", "https://", "ws://", "wss://"] {
            guard target.prefix(scheme.count).equalsIgnoringCase(scheme) else { continue }
            let start = target.index(target.startIndex, offsetBy: scheme.count)
            let end = target[start...].firstIndex { $0 == "/" || $0 == "?" } ?? target.endIndex
            return (target[start..<end], target[end...])
        }
        return nil
    }
}
