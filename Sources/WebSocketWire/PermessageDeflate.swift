/// The compression that a client and the server have agreed on (RFC 7692, section 7).
///
/// Whatever else a client offers, both sides begin each message anew: so a message that many get is compressed once for
/// all of them, and no memory is held for a connection.
public struct PermessageDeflate: Sendable, Equatable {
    /// How far back the server may refer in what it has sent: 2 to the power of 9 to 15 bytes.
    public let windowBits: Int
    /// The value of `Sec-WebSocket-Extensions` that says so.
    let answer: String

    /// Takes the first offer that can be taken; the others, and other extensions, are passed over.
    init?(_ offers: [ExtensionOffer]) {
        for offer in offers where offer.name == Self.name {
            guard let wanted = Wanted(offer.parameters) else { continue }
            windowBits = wanted.windowBits ?? Self.mostWindowBits
            answer =
                "\(Self.name); server_no_context_takeover; client_no_context_takeover"
                // An offer with this one is accepted by naming it (section 7.1.2.1). The client's own window is its own
                // affair: any can be read, so `client_max_window_bits` needs no answer (section 7.1.2.2).
                + (wanted.windowBits.map { "; server_max_window_bits=\($0)" } ?? "")
            return
        }
        return nil
    }

    private static let name = "permessage-deflate"
    private static let mostWindowBits = 15
    /// zlib writes no raw deflate with 8, and a server must not use more than it was asked to: such an offer is declined.
    private static let leastWindowBits = 9

    /// What one offer asks of the server.
    private struct Wanted {
        private(set) var windowBits: Int?

        /// - Returns: nil for what section 7.1 has a server decline: a parameter that it does not name, one that is there
        ///   twice, one with a value that it must not have.
        init?(_ parameters: [ExtensionOffer.Parameter]) {
            var names: Set<String> = []
            for parameter in parameters {
                guard names.insert(parameter.name).inserted, take(parameter) else { return nil }
            }
        }

        private mutating func take(_ parameter: ExtensionOffer.Parameter) -> Bool {
            switch parameter.name {
            case "server_no_context_takeover", "client_no_context_takeover":
                return parameter.value == nil
            case "client_max_window_bits":
                return parameter.value.map { Self.windowBits($0) != nil } ?? true
            case "server_max_window_bits":
                windowBits = parameter.value.flatMap(Self.windowBits)
                return windowBits.map { $0 >= PermessageDeflate.leastWindowBits } ?? false
            default:
                return false
            }
        }

        /// A number from 8 to 15 without leading zeros.
        private static func windowBits(_ value: String) -> Int? { (8...15).first { String($0) == value } }
    }
}
