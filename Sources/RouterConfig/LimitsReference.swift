public import HandlerKit

/// Every limit and timeout, as the settings declare them: default, values, and what is seen of it when it is hit.
public struct LimitsReference: Sendable {
    private let handlers: [any Handler.Type]

    /// - Parameter handlers: those whose limits are told besides.
    public init(_ handlers: [any Handler.Type]) { self.handlers = handlers }

    private typealias Group = (heading: String, settings: [(name: String, setting: any AnySetting)])

    /// A section of the configuration, or a handler, and its settings that limit something.
    private static func group(_ heading: String, _ owner: Any) -> Group {
        (heading, settings(of: owner).filter { $0.setting.whenHit != nil })
    }

    private var sections: [Group] {
        HandlerKit.sections(of: Configuration()).map { Self.group($0.name, $0.section) }.filter { !$0.settings.isEmpty }
    }

    private var handlerGroups: [Group] { handlers.map { Self.group($0.name, $0.init()) } }

    /// All of them as text.
    public var text: String {
        let groups =
            sections.map { ("\($0.heading), in the configuration:", $0.settings) }
            + handlerGroups.map { ("\($0.heading), in plugins.yaml:", $0.settings) }
        return groups.filter { !$1.isEmpty }.map { heading, settings in
            ([heading] + settings.map { Self.text($0.name, $0.setting) }).joined(separator: "\n\n") + "\n"
        }.joined(separator: "\n")
    }

    private static func text(_ name: String, _ setting: any AnySetting) -> String {
        "  \(name): \(setting.text)\n      \(setting.help)\n      Values: \(setting.allowed).\n"
            + "      When it is hit: \(setting.whenHit ?? "")."
    }

    // MARK: - The page

    /// A page with its tables as they are now: of each section the first below its heading, ``## `limits` `` for one, and
    /// of the handlers that below `## Handlers`.
    ///
    /// - Throws: when a heading or its table is missing.
    public func rewritten(_ page: String) throws(MissingTable) -> String {
        var page = page
        for section in sections {
            let rows = section.settings.map { name, setting in
                ["`\(name)`", setting.text, setting.allowed, setting.help, setting.whenHit ?? ""]
            }
            let head = ["setting", "default", "values", "what it limits", "when it is hit"]
            page = try Self.replace("## `\(section.heading)`", MarkdownTable(head, rows), in: page)
        }
        let rows = handlerGroups.flatMap { group in
            group.settings.map { name, setting in
                ["`\(group.heading)`", "`\(name)`", setting.text, setting.allowed, setting.whenHit ?? ""]
            }
        }
        let head = ["handler", "setting", "default", "values", "when it is hit"]
        return try Self.replace("## Handlers", MarkdownTable(head, rows), in: page)
    }

    private static func replace(
        _ heading: String, _ table: MarkdownTable, in page: String
    ) throws(MissingTable) -> String {
        let lines = page.split(separator: "\n", omittingEmptySubsequences: false)
        guard let place = lines.firstIndex(where: { $0 == heading }) else { throw MissingTable(heading: heading) }
        let section = lines[(place + 1)...].prefix { !$0.hasPrefix("## ") }
        guard let start = section.firstIndex(where: { $0.hasPrefix("|") }) else { throw MissingTable(heading: heading) }
        let old = section[start...].prefix { $0.hasPrefix("|") }
        return (lines[..<start] + [Substring(table.text)] + lines[old.endIndex...]).joined(separator: "\n")
    }
}

/// A page has no such heading, or no table below it.
public struct MissingTable: Error, CustomStringConvertible {
    let heading: String
    public var description: String { "there is no table below a line that is \"\(heading)\"" }
}

extension AnySetting {
    /// "1 to 1000 users"; what it is, where it has no range.
    fileprivate var allowed: String { range == nil ? expected : rangeWithUnit ?? expected }
}
