/// Understands one step: who, what, and with which bytes or pattern.
struct StepParser {
    let entry: OutlineEntry

    func steps() throws -> [Step] {
        if let single = try stepWithoutSubject() { return [single] }
        let (names, verb, rest) = try sentence()
        return try names.map { Step(line: entry.line, action: try action(of: $0, verb, rest)) }
    }

    private func stepWithoutSubject() throws -> Step? {
        if entry.text == "the server stops" { return Step(line: entry.line, action: .serverStops) }
        if entry.text == "at once:" {
            let steps = try entry.children.flatMap { child in
                do { return try StepParser(entry: child).steps() } catch let fault as ScriptFault {
                    throw ScriptFault(fault.message, line: fault.line ?? child.line)
                }
            }
            return Step(line: entry.line, action: .atOnce(steps))
        }
        guard entry.text.hasSuffix(" pass") || entry.text.hasSuffix(" passes") else { return nil }
        let words = entry.text.split(separator: " ")
        guard words.count == 2 else { return nil }
        return Step(line: entry.line, action: .pass(try duration(words[0])))
    }

    private func duration(_ text: Substring) throws -> Duration {
        let digits = text.prefix { $0.isNumber }
        guard let number = Int(digits) else { throw ScriptFault("not a duration: \(text)") }
        switch text.dropFirst(digits.count) {
        case "ms": return .milliseconds(number)
        case "s": return .seconds(number)
        case "m": return .seconds(60 * number)
        default: throw ScriptFault("not a duration: \(text)")
        }
    }

    /// "ada, bob and cyd get …" is three names, the verb in its first form, and the rest of the line.
    private func sentence() throws -> (names: [String], verb: String, rest: String) {
        var rest = entry.text[...]
        func word() -> String {
            let word = rest.prefix { $0 != " " }
            rest = rest.dropFirst(word.count).drop { $0 == " " }
            return String(word)
        }
        var names: [String] = []
        var next = word()
        while next.hasSuffix(",") || rest.hasPrefix("and ") {
            names.append(next.hasSuffix(",") ? String(next.dropLast()) : next)
            if rest.hasPrefix("and ") { _ = word() }
            next = word()
        }
        names.append(next)
        guard let verb = verbs[word()] else { throw ScriptFault("no such step: \(entry.text)") }
        return (names, verb, String(rest))
    }

    private func action(of name: String, _ verb: String, _ rest: String) throws -> Step.Action {
        switch verb {
        case "connects": .connects(name, try request(rest), refused: false)
        case "opens": .opens(name)
        case "joins": .joins(name)
        case "leaves": .leaves(name)
        case "sends": try sending(name, joined(rest))
        case "pings": .sends(name, ClientFrame(first: 0x89, payload: try conversationBytes(rest)).bytes)
        case "closes": try closing(name, rest)
        case "drops": .drops(name)
        case "resets": .resets(name)
        case "falls": .fallsSilent(name)
        case "stops": .stopsReading(name)
        case "skips": .skips(name, to: try FramePattern((rest.after("to ") ?? rest) + joined("")))
        case "gets": try getting(name, rest)
        default: try state(name, rest)
        }
    }

    private func joined(_ rest: String) -> String { ([rest] + entry.children.map(\.text)).joined() }

    private func request(_ rest: String) throws -> ClientRequest {
        var request = ClientRequest()
        for option in [rest] + entry.children.map(\.text) where !option.isEmpty { try request.apply(option) }
        return request
    }

    private func closing(_ name: String, _ rest: String) throws -> Step.Action {
        let code = rest.prefix { $0.isNumber }
        let reason = try conversationBytes(String(rest.dropFirst(code.count)))
        return .closes(name, code: Int(code), reason: reason)
    }

    private func sending(_ name: String, _ text: String) throws -> Step.Action {
        let isObject = text.hasPrefix("{") && ConversationTokens.isNeeded(by: text)
        return isObject ? .sendsTokens(name, text) : .sends(name, try sending(text))
    }

    private func sending(_ text: String) throws -> [UInt8] {
        if let rest = text.after("text ") { return ClientFrame(first: 0x81, payload: Array(rest.utf8)).bytes }
        if let rest = text.after("binary") {
            return ClientFrame(first: 0x82, payload: try conversationBytes(rest)).bytes
        }
        if let rest = text.after("bytes ") { return try conversationBytes(rest) }
        guard let rest = text.after("frame ") else { return ClientFrame(first: 0x81, payload: Array(text.utf8)).bytes }
        guard let first = UInt8(rest.prefix(2), radix: 16) else {
            throw ScriptFault("a frame starts with two hex digits")
        }
        let payload = String(rest.dropFirst(2).drop { $0 == " " })
        let unmasked = payload.after("unmasked")
        return ClientFrame(first: first, payload: try conversationBytes(unmasked ?? payload), isMasked: unmasked == nil)
            .bytes
    }

    private func getting(_ name: String, _ rest: String) throws -> Step.Action {
        if rest == "nothing" { return .getsNothing(name) }
        guard rest == "in any order" else { return .gets(name, try FramePattern(joined(rest))) }
        let patterns = try entry.children.map { try FramePattern(([$0.text] + $0.children.map(\.text)).joined()) }
        return .getsInAnyOrder(name, patterns)
    }

    private func state(_ name: String, _ rest: String) throws -> Step.Action {
        if rest == "dropped" { return .isDropped(name) }
        if let code = rest.after("closed ").flatMap({ Int($0) }) { return .isClosed(name, code: code) }
        guard let rest = rest.after("refused ") else { throw ScriptFault("no such step: \(entry.text)") }
        return .isRefused(name, try refusal(rest))
    }

    private func refusal(_ rest: String) throws -> Refusal {
        var words = rest.split(separator: " with ", maxSplits: 1).map(String.init)
        let statuses = words.removeFirst().split(separator: " or ").compactMap { Int($0) }
        guard !statuses.isEmpty else { throw ScriptFault("refused with which status?") }
        var refusal = Refusal(statuses: statuses)
        for option in words + entry.children.map({ $0.text.after("with ") ?? $0.text }) {
            if option == "a short text" { refusal.hasShortText = true; continue }
            refusal.headers.append(try headerField(option))
        }
        return refusal
    }
}

/// The verbs, in the form for one subject, by both of their forms.
private let verbs: [String: String] = {
    let forms = [
        "connect", "open", "join", "send", "ping", "drop", "reset", "fall", "get", "close", "leave", "stop", "skip",
    ]
    var verbs = Dictionary(uniqueKeysWithValues: forms.flatMap { [($0, $0 + "s"), ($0 + "s", $0 + "s")] })
    verbs["is"] = "is"
    verbs["are"] = "is"
    return verbs
}()

extension String {
    func after(_ prefix: String) -> String? { hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil }
}
