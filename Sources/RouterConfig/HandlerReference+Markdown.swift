import HandlerKit

/// What a handler declares, as a page of the reference in docs/handlers.
extension HandlerReference {
    public var markdown: String {
        let paragraphs =
            ["# \(handler.name)", HandlerList.origin, handler.summary] + part + partners + messagesTaken + framesSent
            + settingsTable + [example]
        return paragraphs.joined(separator: "\n\n") + "\n"
    }

    private var part: [String] {
        let types = handler.types
        guard !types.takesFrames else {
            return ["It takes every frame as it is, text or binary. No JSON is read, so it stands alone."]
        }
        guard let names = types.names else { return ["It looks at every message on its way to the handlers below."] }
        guard !names.isEmpty else { return [] }
        let all = names.map { "`\($0)`" }.joined(separator: ", ")
        return [
            types.finishes
                ? "It answers \(all): these messages end here." : "It looks at \(all) on the way to the handlers below."
        ]
    }

    private var partners: [String] {
        guard !handler.needs.isEmpty else { return [] }
        let links = handler.needs.map { "[\($0)](\($0).md)" }.joined(separator: ", ")
        return ["It makes no sense without \(links), which has to be listed above it."]
    }

    private var messagesTaken: [String] {
        taken.isEmpty ? [] : ["## Messages it takes"] + taken.flatMap { $0.section("### `\($0.type)`") }
    }

    private var framesSent: [String] {
        guard !handler.sends.isEmpty else { return [] }
        return ["## Frames it sends"]
            + handler.sends.flatMap { $0.section("### `\($0.type)`, to \($0.receiver?.rawValue ?? "nobody")") }
    }

    private var settingsTable: [String] {
        let rows = settings(of: handler.init()).map { name, setting in
            ["`\(name)`", "`\(setting.text)`", setting.values, setting.applies.rawValue, setting.help]
        }
        guard !rows.isEmpty else { return ["## In plugins.yaml", "It has no settings of its own."] }
        return [
            "## In plugins.yaml",
            MarkdownTable(["setting", "default", "values", "a change applies", "what it is"], rows).text,
        ]
    }

    /// An entry with every setting at its default, below the handlers that it needs.
    private var example: String {
        let settings = settings(of: handler.init()).map { "      \($0.name): \($0.setting.text)\n" }
        let others = handler.needs.map { "  - \($0)\n" }.joined()
        let entry = "  - \(handler.name)" + (settings.isEmpty ? "\n" : ":\n" + settings.joined())
        return "```yaml\npipeline:\n\(others)\(entry)```"
    }
}

extension HandlerList {
    /// Says above each page where it comes from.
    static let origin = "<!-- `make docs` writes this from what the handler declares. -->"

    /// The page that links to all the others.
    public var markdown: String {
        let rows = handlers.map { ["[\($0.name)](\($0.name).md)", $0.summary] }
        return """
            # The handlers

            \(Self.origin)

            What each of the bundled handlers takes, sends and can be told. `router handlers` prints the same, also of
            handlers of your own; [guide.md](../guide.md) says how to write one.

            \(MarkdownTable(["handler", "what it does"], rows).text)

            """
    }

    /// All pages by the names of their files.
    public var pages: [(file: String, text: String)] {
        [("README.md", markdown)] + handlers.map { ("\($0.name).md", HandlerReference($0).markdown) }
    }
}

extension MessageForm {
    fileprivate func section(_ heading: String) -> [String] {
        let head = [heading] + (help.isEmpty ? [] : [help])
        if let content { return head + ["`content` (\(content.nature)): \(content.help)"] }
        let rows = fields.map { ["`\($0.key)`", $0.value.nature, $0.value.help] }
        let name = receiver == nil ? "field" : "in `content`"
        return rows.isEmpty ? head : head + [MarkdownTable([name, "value", "what it is"], rows).text]
    }
}

struct MarkdownTable {
    let text: String

    init(_ head: [String], _ rows: [[String]]) {
        let lines = [head, head.map { _ in "---" }] + rows.map { $0.map { $0.replacing("|", with: "\\|") } }
        text = lines.map { "| \($0.joined(separator: " | ")) |" }.joined(separator: "\n")
    }
}
