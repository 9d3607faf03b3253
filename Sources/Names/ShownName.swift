/// What a person sees of a name: the same without white space around it and without characters that show nothing.
public func shownName(_ name: String) -> String {
    let seen = name.unicodeScalars.filter { $0.isVisible || $0.properties.isWhitespace }
    let text = String(String.UnicodeScalarView(seen))
    return String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
}

extension Unicode.Scalar {
    var isControl: Bool {
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }

    /// The embeddings, overrides and isolates of the bidirectional algorithm (UAX #9, 2).
    var overridesDirection: Bool { (0x202A...0x202E).contains(value) || (0x2066...0x2069).contains(value) }

    var isVisible: Bool {
        switch properties.generalCategory {
        case .format, .control, .spaceSeparator, .lineSeparator, .paragraphSeparator, .unassigned: false
        // The blank of braille, an empty note head and a filler of Khitan text show nothing either.
        default: !properties.isDefaultIgnorableCodePoint && ![0x2800, 0x1D159, 0x16FE4].contains(value)
        }
    }
}
