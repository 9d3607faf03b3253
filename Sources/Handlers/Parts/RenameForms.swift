import HandlerKit

/// What clients say of their names, and what they are told.
extension Rename {
    public static let types: MessageTypes = [
        MessageForm(
            "set_name", "Changes the name that others see.",
            ["name": .string("1 to `max_length` characters, at most 512 bytes.")])
    ]
    public static let sends = [
        MessageForm(
            "name_changed", to: .sender, "The sender has another name now.",
            ["old_name": .string("What it was."), "new_name": .string("What it is.")]),
        MessageForm(
            "user_renamed", to: .everyone, "A user has another name now, which the frame comes from.",
            ["user_id": .id("Who it is."), "old_name": .string("What it was."), "new_name": .string("What it is.")]),
    ]
}
