import Seeds

/// What a client says of compression in its handshake (RFC 7692, section 7.1).
struct Offer {
    /// The value of `Sec-WebSocket-Extensions`.
    let text: String
    /// The window that it asks the server to keep to, in bits; nil for none.
    let serverBits: Int?
    /// The window that it compresses with itself.
    let ownBits: Int

    init(_ random: inout Seeded) {
        var parameters = ["permessage-deflate"]
        if random.chance(2) { parameters.append("server_no_context_takeover") }
        if random.chance(2) { parameters.append("client_no_context_takeover") }
        serverBits = random.chance(2) ? Int.random(in: 9...15, using: &random) : nil
        if let serverBits { parameters.append("server_max_window_bits=\(serverBits)") }
        ownBits = Int.random(in: 9...15, using: &random)
        if random.chance(2) { parameters.append("client_max_window_bits\(random.chance(2) ? "" : "=\(ownBits)")") }
        text = parameters.joined(separator: "; ")
    }

    /// The window of what the server sends.
    var windowBits: Int { serverBits ?? 15 }

    /// Whether an answer says what the server has to say, and nothing that was not offered (section 7.1.1, 7.1.2).
    func isAnswered(by value: String) -> Bool {
        var due: Set = ["permessage-deflate", "server_no_context_takeover", "client_no_context_takeover"]
        if let serverBits { due.insert("server_max_window_bits=\(serverBits)") }
        let said = value.split(separator: ";").map { $0.filter { $0 != " " } }
        return said.first == "permessage-deflate" && said.count == due.count && Set(said) == due
    }
}
