import HandlerKit

/// Lets a user choose the name that others see (P4, P13, P19, P26).
public struct Rename: Handler {
    public static let name = "rename"
    public static let summary = "Lets users choose the name that others see."
    public static let types: MessageTypes = ["set_name"]

    @Setting("Longest name, in characters as a person counts them.", in: 1...256)
    var maxLength = 20

    @Setting(
        "Characters that no name may have. As shipped the two that make HTML, for pages that show names unescaped.")
    var forbiddenCharacters = "<>"

    /// P4: a "character" may be thousands of bytes long, so bytes are limited too.
    private static let maxBytes = 512

    public init() {}

    public func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        guard let name = try? message.string("name"), isAllowed(name) else {
            throw Rejection(.invalidName, "Invalid name (1-\(maxLength) characters required)")
        }
        let user = context.sender
        context.rename(to: name)
        context.reply("name_changed", ["old_name": user.name, "new_name": name])
        context.announce("user_renamed", ["user_id": user.id, "old_name": user.name, "new_name": name])
        return .handled
    }

    private func isAllowed(_ name: String) -> Bool {
        name.utf8.count <= Self.maxBytes
            && (1...maxLength).contains(name.count)
            && !name.unicodeScalars.contains { $0.isControl || $0.overridesDirection }
            && name.unicodeScalars.contains { $0.isVisible }
            && !name.unicodeScalars.contains { forbiddenCharacters.unicodeScalars.contains($0) }
            && !looksLikeSystem(name)
    }

    /// "System" is who `leave` comes from (P9); neither its case nor what is not seen makes it another name.
    private func looksLikeSystem(_ name: String) -> Bool {
        let shown = name.unicodeScalars.filter { $0.isVisible || $0.properties.isWhitespace }
        let text = String(String.UnicodeScalarView(shown))
        let trimmed = text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed()
        return String(trimmed).uppercased() == "SYSTEM"
    }
}

extension Unicode.Scalar {
    fileprivate var isControl: Bool {
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }

    /// The embeddings, overrides and isolates of the bidirectional algorithm (UAX #9, 2).
    fileprivate var overridesDirection: Bool {
        (0x202A...0x202E).contains(value) || (0x2066...0x2069).contains(value)
    }

    fileprivate var isVisible: Bool {
        switch properties.generalCategory {
        case .format, .control, .spaceSeparator, .lineSeparator, .paragraphSeparator, .unassigned: false
        // The blank of braille, an empty note head and a filler of Khitan text show nothing either.
        default: !properties.isDefaultIgnorableCodePoint && ![0x2800, 0x1D159, 0x16FE4].contains(value)
        }
    }
}
