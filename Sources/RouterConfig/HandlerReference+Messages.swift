import HandlerKit

/// What a handler declares of messages.
extension HandlerReference {
    /// Paragraphs about the messages it takes part in.
    var messages: [String] {
        let types = handler.types
        guard !types.takesFrames else { return ["Takes every frame as it is, text or binary; no JSON is read."] }
        guard let names = types.names else { return ["Looks at every message on its way."] }
        guard !names.isEmpty else { return [] }
        return ["\(types.finishes ? "Answers" : "Looks at, on their way"): \(names.joined(separator: ", "))."]
    }

    /// The same for a program. Without `types` it takes part in all there are.
    var messageMembers: JSONMembers {
        let types = handler.types
        let part = types.takesFrames ? "frames" : types.finishes ? "answers" : "passes"
        return ["part": part, "types": types.names]
    }
}
