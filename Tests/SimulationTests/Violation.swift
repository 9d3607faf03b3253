/// Something that is wrong.
struct Violation: CustomStringConvertible {
    /// What is wrong, as the client sees it who can tell.
    enum Kind: String, Sendable {
        case missing = "something never came"
        case doubled = "something came twice"
        case swapped = "two came in the other order"
        case strayed = "something came that is for others"
        case unknown = "something came that nobody else got"
        case answer = "an answer is not the one that is due"
        case history = "a history is not what was posted"
        case id = "an id is not above those before"
        case presence = "who comes and goes does not fit"
        case secret = "a private message is not where it belongs"
        case bytes = "no server may send these bytes"
        case compression = "what is compressed is not what was agreed on"
        case early = "something was told before it was on disk"
        case unsaved = "something is there, or was told, that could not be saved"
        case lost = "something that was told is not there after a crash"
        case torn = "something is there in part after a crash"
        case end = "a connection ended otherwise than it should"
        case address = "limits of one address are not kept"
        case leftover = "something is left when all have left"
        case misuse = "something happened between server and socket, or was logged, that should not"
    }

    let kind: Kind
    let client: Int?
    let step: Int?
    let what: String

    init(_ kind: Kind, client: Int? = nil, step: Int? = nil, what: String) {
        (self.kind, self.client, self.step, self.what) = (kind, client, step, what)
    }

    var description: String {
        let place = [client.map { "client \($0)" }, step.map { "step \($0)" }].compactMap(\.self).joined(
            separator: ", ")
        return place.isEmpty ? what : "\(place): \(what)"
    }
}
