public import HandlerKit
import RouterCore

/// What a check found, for a program: `{"ok":…,"diagnostics":[…],"handlers":[…]}`.
public struct CheckReport: JSONWritable {
    /// All of them, in the order of their places.
    let diagnostics: [Diagnostic]
    /// The handlers in their order; nil when the router would not start.
    let handlers: [String]?

    public init(_ loaded: LoadedConfiguration) {
        diagnostics = loaded.warnings
        handlers = loaded.plan.entries.map { $0.handler.name }
    }

    public init(_ failure: ConfigurationFailure) {
        diagnostics = failure.diagnostics
        handlers = nil
    }

    public func write(to writer: inout JSONWriter) {
        // "ok" is what exit code 0 is: the router would start. Warnings stand among the diagnostics.
        var report: JSONMembers = ["ok": handlers != nil, "diagnostics": diagnostics]
        if let handlers { report.append(["handlers": handlers]) }
        report.write(to: &writer)
    }
}

extension Diagnostic: JSONWritable {
    public func write(to writer: inout JSONWriter) {
        let members: JSONMembers = [
            "file": file, "line": line, "column": column, "length": length, "severity": severity.rawValue,
            "code": code.rawValue, "message": message, "help": help, "source_line": sourceLine,
        ]
        members.write(to: &writer)
    }
}
