/// What a name may be (P26): long enough to be seen, short enough to be shown, and nobody else's to use.
public struct NameRules: Sendable {
    /// A "character" may be thousands of bytes long, so bytes are limited too (P4).
    public static let maxBytes = 512

    private let maxLength: Int
    private let forbidden: String.UnicodeScalarView

    /// - Parameters:
    ///   - maxLength: the longest name, in characters as a person counts them; at least 1.
    ///   - forbidden: the characters that no name may have, each by its code points.
    public init(maxLength: Int = 20, forbidden: String = "<>") {
        self.maxLength = maxLength
        self.forbidden = forbidden.unicodeScalars
    }

    public func allow(_ name: String) -> Bool {
        name.utf8.count <= Self.maxBytes
            && (1...maxLength).contains(name.count)
            && !name.unicodeScalars.contains { $0.isControl || $0.overridesDirection || forbidden.contains($0) }
            && name.unicodeScalars.contains { $0.isVisible }
            && !isSystem(name)
    }

    /// "System" is who `leave` comes from (P9); neither its case nor what is not seen makes it another name.
    private func isSystem(_ name: String) -> Bool { shownName(name).uppercased() == "SYSTEM" }
}
