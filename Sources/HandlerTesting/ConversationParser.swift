extension Conversation {
    /// Reads a script; the format is described at `Conversation`.
    /// - Parameters:
    ///   - source: the text of the file.
    ///   - name: its name, for messages.
    /// - Throws: `ConversationFailure` with the line that cannot be understood.
    public init(_ source: String, name: String) throws {
        let outline = ConversationOutline(name: name)
        var header = ConversationHeader()
        var steps: [Step] = []
        for entry in try outline.entries(of: source) {
            do {
                if try steps.isEmpty && header.take(entry) { continue }
                steps += try StepParser(entry: entry).steps()
            } catch let fault as ScriptFault {
                throw outline.failure(fault.line ?? entry.line, fault.message)
            }
        }
        self.name = name
        lines = source.split(separator: "\n", omittingEmptySubsequences: false)
        rules = header.rules
        server = header.server
        settings = header.settings
        pipeline = header.pipeline
        transport = header.transport
        self.steps = expectingRefusals(steps)
    }
}

/// What the parsers below throw; the line and the script's name are added above.
struct ScriptFault: Error, CustomStringConvertible {
    let message: String
    var line: Int?
    var description: String { message }
    init(_ message: String, line: Int? = nil) {
        self.message = message
        self.line = line
    }
}

/// A `connects` waits for 101, unless the next thing said of that client is that it is refused.
private func expectingRefusals(_ steps: [Step]) -> [Step] {
    var refused: Set<String> = []
    return steps.reversed().map { step in
        if let name = step.refused { refused.insert(name) }
        guard case .connects(let name, let request, _) = step.action else { return step }
        return Step(line: step.line, action: .connects(name, request, refused: refused.remove(name) != nil))
    }.reversed()
}

/// The lines above the first step.
private struct ConversationHeader {
    var rules: [String] = []
    var server = "chat"
    var settings: [Conversation.Override] = []
    var pipeline: [Conversation.PipelineChange] = []
    var transport: ConversationTransport?

    /// - Returns: whether the line belongs to the header.
    mutating func take(_ entry: OutlineEntry) throws -> Bool {
        let parts = entry.text.split(separator: ":", maxSplits: 1)
        guard parts.count == 2, let key = parts.first, !key.contains(" ") else { return false }
        let value = String(parts[1].drop { $0 == " " })
        switch key {
        case "rules": rules += value.split(separator: " ").map(String.init)
        case "server": server = value
        case "config": settings.append(try override(value))
        case "plugins": pipeline.append(try change(value))
        case "transport":
            transport = try ConversationTransport(rawValue: value) ?? { throw ScriptFault("no such transport") }()
        default: throw ScriptFault("no such header: \(key)")
        }
        return true
    }

    private func override(_ text: String) throws -> Conversation.Override {
        let sides = text.split(separator: " = ", maxSplits: 1).map(String.init)
        guard sides.count == 2 else { throw ScriptFault("expected: name = value") }
        return Conversation.Override(name: sides[0], value: sides[1])
    }

    private func change(_ text: String) throws -> Conversation.PipelineChange {
        let words = text.split(separator: " ").map(String.init)
        if words.first == "without", words.count == 2 { return .without(handler: words[1]) }
        if words.first == "only", words.count > 1 { return .only(handlers: Array(words.dropFirst())) }
        let change = try override(text)
        guard let dot = change.name.lastIndex(of: ".") else { throw ScriptFault("expected: handler.setting = value") }
        let setting = String(change.name[change.name.index(after: dot)...])
        return .setting(handler: String(change.name[..<dot]), .init(name: setting, value: change.value))
    }
}
