import HandlerKit

/// What the order of a pipeline makes impossible: handlers that no message gets to, types with two ends, and partners
/// that are not there.
struct PipelineChecks {
    let file: SourceFile
    let entries: [PipelineEntry]
    /// Whether no entry of the file was refused.
    let isComplete: Bool

    var diagnostics: [Diagnostic] {
        framesWithOthers + entries.indices.flatMap { missingPartners(of: $0) + reach(of: $0) }
    }

    /// A handler of whole frames leaves nothing for others, and they have no use for it.
    private var framesWithOthers: [Diagnostic] {
        guard entries.count > 1 else { return [] }
        return entries.filter(\.takesFrames).map { entry in
            file.diagnostic(
                .framesNotAlone, at: entry.nameSpan, "\(entry.name) takes whole frames and stands alone",
                help: "remove it, or every other entry")
        }
    }

    /// Handlers that this one needs above it, and that are not there.
    private func missingPartners(of index: Int) -> [Diagnostic] {
        let entry = entries[index]
        return entry.handler.needs.compactMap { need in
            if entries[..<index].contains(where: { $0.name == need }) { return nil }
            if let below = entries[index...].first(where: { $0.name == need }) {
                return missing(
                    entry, "\(entry.name) needs \(need) above it",
                    "move \(entry.name) below \(need) on line \(below.nameSpan.line)")
            }
            guard isComplete else { return nil }
            return missing(entry, "\(entry.name) needs \(need), which is not listed", "add \"- \(need)\" above it")
        }
    }

    private func missing(_ entry: PipelineEntry, _ message: String, _ help: String) -> Diagnostic {
        file.diagnostic(.missingPartner, at: entry.nameSpan, message, help: help)
    }

    private func reach(of index: Int) -> [Diagnostic] {
        let entry = entries[index]
        guard let types = entry.types else { return reach(ofFilterAt: index) }
        let ended = types.compactMap { type in end(of: type, before: index).map { (type: type, by: $0) } }
        guard !ended.isEmpty else { return [] }
        if entry.finishes { return ended.map { finishedTwice(entry, $0.type, $0.by) } }
        if ended.count == types.count { return [unreachable(entry, ended)] }
        return ended.map { partlyUnreachable(entry, $0.type, $0.by) }
    }

    /// The handler above that a message type ends at.
    private func end(of type: String, before index: Int) -> PipelineEntry? {
        entries[..<index].first { $0.finishes && $0.types?.contains(type) == true }
    }

    private func finishedTwice(_ entry: PipelineEntry, _ type: String, _ other: PipelineEntry) -> Diagnostic {
        file.diagnostic(
            .finishedTwice, at: place(of: type, in: entry),
            "\(quoted(type)) ends at \(other.name) on line \(other.nameSpan.line), so \(entry.name) never gets it",
            help: "remove one of the two, or narrow one with \"types:\"")
    }

    private func unreachable(_ entry: PipelineEntry, _ ended: [(type: String, by: PipelineEntry)]) -> Diagnostic {
        file.diagnostic(
            .unreachable, at: entry.nameSpan, "\(entry.name) is never reached: \(Self.list(ended))",
            help: "move \(entry.name) above \(ended[0].by.name) on line \(ended[0].by.nameSpan.line)")
    }

    private func partlyUnreachable(_ entry: PipelineEntry, _ type: String, _ other: PipelineEntry) -> Diagnostic {
        file.diagnostic(
            .partlyUnreachable, at: place(of: type, in: entry),
            "\(entry.name) never gets \(quoted(type)), which ends at \(other.name) on line \(other.nameSpan.line)",
            help: "move \(entry.name) above \(other.name)", severity: .warning)
    }

    private func place(of type: String, in entry: PipelineEntry) -> Span {
        entry.narrowed?.first { $0.type == type }?.span ?? entry.nameSpan
    }

    private static func list(_ ended: [(type: String, by: PipelineEntry)]) -> String {
        ended.map { "\(quoted($0.type)) ends at \($0.by.name)" }.joined(separator: ", ")
    }
}
