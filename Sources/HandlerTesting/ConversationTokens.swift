/// What the clients of a conversation can resume their sessions with (P46): the tokens that each was given.
struct ConversationTokens {
    private var given: [String: [String]] = [:]

    /// A client has read a frame; one that got lost on its way to it gives it nothing.
    mutating func note(_ frame: ServerFrame, readBy client: String) {
        guard case .text(let text) = frame, let token = Self.token(in: text) else { return }
        given[client, default: []].append(token)
    }

    private static func token(in text: String) -> String? {
        guard text.contains("\"resume\""), let frame = try? JSONPattern(text, placeholders: false),
            case .string(let type) = frame["type"], ["welcome", "resumed"].contains(type),
            case .string(let token) = frame["content"]?["resume"]
        else { return nil }
        return token
    }

    /// A text of a script with the tokens in the place of each `TOKEN`.
    ///
    /// - Throws: `ScriptFault` when somebody was not given as many.
    func fill(_ text: String, sentBy client: String) throws -> String {
        try text.replacing(Self.places) { match in
            guard let place = match.1 else { return String(match.0) }
            let (owner, back) = (match.3.map(String.init) ?? client, match.2.flatMap { Int($0) } ?? 0)
            let tokens = given[owner] ?? []
            guard back < tokens.count else { throw ScriptFault("\(owner) was given no \(place)") }
            return "\"\(tokens[tokens.count - 1 - back])\""
        }
    }

    /// Whether a text has a `TOKEN` to be filled in: one that stands in no string.
    static func isNeeded(by text: String) -> Bool {
        text.contains("TOKEN") && text.matches(of: places).contains { $0.1 != nil }
    }

    /// A string, or a token.
    private static var places: Regex<(Substring, Substring?, Substring?, Substring?)> {
        /"(?:[^"\\]|\\.)*"|\b(TOKEN(?:-([0-9]+))?)\b(?: of (\w+))?/
    }
}

extension JSONPattern {
    fileprivate subscript(key: String) -> JSONPattern? {
        guard case .object(let members, _) = self else { return nil }
        return members.first { $0.key == key }?.value
    }

    /// Whether a text can be what resumes a session.
    static func isToken(_ text: String) -> Bool {
        text.utf8.count == 32 && text.utf8.allSatisfy { Array("0123456789abcdef".utf8).contains($0) }
    }
}
