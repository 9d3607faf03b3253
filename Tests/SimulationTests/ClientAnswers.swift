/// What became of what a client has sent, as far as it was told.
extension SimulatedClient {
    /// How often each of its messages was said not to be saved.
    var unsavedRefs: [String: Int] {
        let numbered = Set(deeds.filter(\.isNumbered).compactMap(\.ref))
        let refs = seen.compactMap(\.words).filter(\.isUnsaved).compactMap(\.ref).filter(numbered.contains)
        return Dictionary(refs.map { ($0, 1) }, uniquingKeysWith: +)
    }

    /// The refs that were answered at all, by whatever came for them.
    var answeredRefs: Set<String> { Set(seen.compactMap(\.words).compactMap(\.ref)) }

    /// The contents of private messages that it was told to have sent.
    var receipts: Set<String> {
        Set(seen.compactMap(\.words).filter { $0.type == "private_message_sent" }.compactMap(\.contentText))
    }

    /// Whether something answers a post, and no private message.
    func isAckOfPost(_ words: Words) -> Bool {
        guard words.type == "ack", let deed = deeds.last(where: { $0.ref == words.ref }) else { return false }
        if case .say = deed.kind { return true }
        return false
    }

    /// Whether it has sent something when it was back, and has been answered.
    var hasConfirmed: Bool {
        guard let back = seen.first(where: { $0.words?.ref == Comeback.ref })?.step else { return false }
        let answered = answeredRefs
        return deeds.contains { $0.step > back && $0.ref.map(answered.contains) ?? false }
    }

    /// The contents of messages that were said not to be saved, or of all others.
    func contents(ofRefused isRefused: Bool) -> Set<String> {
        let refs = unsavedRefs
        return Set(
            deeds.filter { ($0.ref.map { refs[$0] != nil } ?? false) == isRefused }.compactMap(\.said))
    }
}
