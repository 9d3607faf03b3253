import HandlerKit

/// Lets a user choose the name that others see (P4, P13, P19, P26).
public struct Rename: Handler {
    public static let name = "rename"
    public static let summary = "Lets users choose the name that others see."

    @Setting(
        "Longest name, in characters as a person counts them.", in: 1...256,
        whenHit: "error `invalid_name`, as above 512 bytes")
    var maxLength = 20

    @Setting(
        "Characters that no name may have. As shipped the two that make HTML, for pages that show names unescaped.")
    var forbiddenCharacters = "<>"

    public init() {}

    public func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        let rules = NameRules(maxLength: maxLength, forbidden: forbiddenCharacters)
        guard let name = try? message.string("name"), rules.allow(name) else {
            throw Rejection(.invalidName, "Invalid name (1-\(maxLength) characters required)")
        }
        let old = context.sender.name
        context.rename(to: name)
        context.reply("name_changed", ["old_name": old, "new_name": name])
        context.announce("user_renamed", ["user_id": context.sender.id, "old_name": old, "new_name": name])
        return .handled
    }
}
