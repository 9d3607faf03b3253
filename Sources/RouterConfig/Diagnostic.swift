/// One fault in a configuration file, as a good compiler would tell it.
public struct Diagnostic: Sendable, Equatable {
    public enum Severity: String, Sendable {
        case error, warning
    }

    public let severity: Severity
    public let code: DiagnosticCode
    /// The file as the user named it.
    public let file: String
    /// From 1; 0 when the fault is the file itself.
    public let line: Int
    /// From 1, in Unicode scalars; 0 when the fault is the file itself.
    public let column: Int
    /// How much of the line is at fault, in Unicode scalars.
    public let length: Int
    public let message: String
    /// What to do about it.
    public let help: String?
    /// The line of the file at fault, without its line break.
    public let sourceLine: String?

    /// The fault with its source line, a caret under what is wrong, and what to do.
    ///
    ///     plugins.yaml:7:14: error[R012]: rename has no setting "max_lenght"
    ///         7 |   - rename: {max_lenght: 24}
    ///           |              ^~~~~~~~~~
    ///     help: did you mean "max_length"? Longest name allowed, in characters; 1 to 256, default 20.
    public var rendered: String {
        let file = printable(file.unicodeScalars)
        var text = line > 0 ? "\(file):\(line):\(column): " : "\(file): "
        text += "\(severity.rawValue)[\(code.rawValue)]: \(message)\n"
        if let sourceLine, line > 0 {
            text += SourceExcerpt(sourceLine, column: column, length: length).rendered(line: line)
        }
        if let help { text += "help: \(help)\n" }
        return text
    }
}

/// A configuration that cannot be used, and all that is wrong with it.
public struct ConfigurationFailure: Error, Sendable {
    /// Sorted by place: the configuration file's first, then those of the plugins file. Warnings are among them.
    public let diagnostics: [Diagnostic]
    /// Whether a file could not be read at all: exit code 2 rather than 1.
    public var unreadable: Bool { diagnostics.contains { $0.code == .unreadable } }
    /// The first 20 faults as they are shown to the user, and how many there are.
    public var report: String { diagnostics.report }
}

extension [Diagnostic] {
    /// The first 20 as they are shown to the user, and how many there are; empty when there is none.
    public var report: String {
        guard !isEmpty else { return "" }
        let shown = 20
        let faults = prefix(shown).map(\.rendered).joined(separator: "\n")
        if count == 1, self[0].line == 0 { return faults }  // a file that is not there is one line
        return faults + "\n" + total + (count > shown ? "; the first \(shown) are shown" : "") + "\n"
    }

    private var total: String {
        let errors = count { $0.severity == .error }
        let parts = [(errors, "error"), (count - errors, "warning")].filter { $0.0 > 0 }
        return parts.map { "\($0.0) \($0.1)\($0.0 == 1 ? "" : "s")" }.joined(separator: ", ")
    }

    /// Sorted by place; those of one place stay in the order they were found.
    var sortedByPlace: [Diagnostic] {
        enumerated().sorted {
            ($0.element.line, $0.element.column, $0.offset) < ($1.element.line, $1.element.column, $1.offset)
        }.map(\.element)
    }
}
