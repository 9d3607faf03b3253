/// One of the extensions that a client offers.
struct ExtensionOffer: Equatable {
    struct Parameter: Equatable {
        let name: String
        /// Without the quotes that it may have come in; nil when there is none.
        let value: String?
    }

    let name: String
    let parameters: [Parameter]

    /// Reads all `Sec-WebSocket-Extensions` fields of a request, of which the first offer is the most wanted.
    ///
    ///     extension-list  = 1#extension
    ///     extension       = token *( ";" extension-param )
    ///     extension-param = token [ "=" (token | quoted-string) ]      what is quoted has to be a token, too
    ///
    /// (RFC 6455, section 9.1.) Blanks may stand between all of these, and elements of the list may be empty.
    ///
    /// - Returns: nil when they do not have this form, which the client is to be refused for.
    static func all(in fields: [String]) -> [ExtensionOffer]? {
        guard !fields.isEmpty else { return [] }
        // Fields of the same name are one list (RFC 9110, section 5.3).
        var scanner = ExtensionScanner(fields.joined(separator: ","))
        var offers: [ExtensionOffer] = []
        repeat {
            guard !scanner.isAtEndOfElement else { continue }
            guard let offer = scanner.offer() else { return nil }
            offers.append(offer)
        } while scanner.take(",")
        return scanner.isAtEnd && !offers.isEmpty ? offers : nil
    }
}

/// Takes the parts of a header field off its front; blanks before each are passed over.
private struct ExtensionScanner {
    private var rest: Substring.UTF8View

    init(_ text: String) { rest = Substring(text).utf8 }

    var isAtEnd: Bool {
        mutating get {
            skipBlanks()
            return rest.isEmpty
        }
    }

    var isAtEndOfElement: Bool {
        mutating get { isAtEnd || rest.first == UInt8(ascii: ",") }
    }

    mutating func offer() -> ExtensionOffer? {
        guard let name = token() else { return nil }
        var parameters: [ExtensionOffer.Parameter] = []
        while take(";") {
            guard let parameter = parameter() else { return nil }
            parameters.append(parameter)
        }
        return ExtensionOffer(name: name, parameters: parameters)
    }

    private mutating func parameter() -> ExtensionOffer.Parameter? {
        guard let name = token() else { return nil }
        guard take("=") else { return .init(name: name, value: nil) }
        guard let value = take("\"") ? quotedToken() : token() else { return nil }
        return .init(name: name, value: value)
    }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipBlanks()
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    private mutating func token() -> String? {
        skipBlanks()
        let token = rest.prefix(while: \.isTokenCharacter)
        rest = rest.dropFirst(token.count)
        return token.isEmpty ? nil : String(Substring(token))
    }

    /// Takes what stands before the closing quote; any character may be written with a backslash before it.
    private mutating func quotedToken() -> String? {
        var token: [UInt8] = []
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\"") { return token.isEmpty ? nil : String(decoding: token, as: UTF8.self) }
            guard let character = byte == UInt8(ascii: "\\") ? rest.popFirst() : byte, character.isTokenCharacter else {
                return nil
            }
            token.append(character)
        }
        return nil
    }

    private mutating func skipBlanks() {
        rest = rest.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    }
}
