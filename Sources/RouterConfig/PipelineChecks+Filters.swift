import HandlerKit

extension PipelineChecks {
    /// What a handler of all message types never gets: whatever ends above it.
    func reach(ofFilterAt index: Int) -> [Diagnostic] {
        let entry = entries[index]
        let ends = entries[..<index].filter { $0.finishes && $0.types?.isEmpty == false }
        guard let first = ends.first else { return [] }
        let open = entries[index...].filter(\.finishes).flatMap { $0.types ?? [] }
        guard open.isEmpty else { return [neverGets(entry, ends, open)] }
        guard isComplete else { return [] }
        return [
            file.diagnostic(
                .unreachable, at: entry.nameSpan, "\(entry.name) is never reached: every message ends above it",
                help: "move \(entry.name) above \(first.name) on line \(first.nameSpan.line)")
        ]
    }

    private func neverGets(_ entry: PipelineEntry, _ ends: [PipelineEntry], _ open: [String]) -> Diagnostic {
        let ended = ends.map { end in
            let types = (end.types ?? []).map { quoted($0) }
            let verb = types.count == 1 ? "ends" : "end"
            return "\(types.joined(separator: ", ")), which \(verb) at \(end.name) on line \(end.nameSpan.line)"
        }
        let types = "\(EntryTypes.key): [\(open.map(\.settingText).joined(separator: ", "))]"
        return file.diagnostic(
            .partlyUnreachable, at: entry.nameSpan,
            "\(entry.name) never gets \(ended.joined(separator: "; nor "))",
            help: "move \(entry.name) above \(ends[0].name), or say that this is meant with \"\(types)\"",
            severity: .warning)
    }
}
