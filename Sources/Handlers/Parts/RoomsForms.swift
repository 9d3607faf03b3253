import HandlerKit

/// What clients ask about rooms, and what they are told.
extension Rooms {
    public static let types: MessageTypes = [
        MessageForm(
            "join_room", "Moves the sender to a room.",
            ["room": .string("Its name."), "stay": .optional(.bool("With true the sender stays in its other rooms."))]),
        MessageForm(
            "leave_room", "Leaves a room; who then is in none is back in the first.",
            ["room": .optional(.string("One that the sender is in; the one joined last when missing."))]),
        MessageForm("get_rooms", "Asks which rooms there are."),
    ]
    public static let sends = [
        MessageForm("room_joined", to: .sender, "The sender is in this room now.", own),
        MessageForm("room_left", to: .sender, "The sender is no longer in this room.", own),
        MessageForm("room_join", to: .room, "A user has joined the room.", others),
        MessageForm("room_leave", to: .room, "A user has left the room.", others),
        MessageForm("rooms", to: .sender, "All rooms.", content: .list("Each with `name`, `members`, `joined`.")),
    ]
    private static let own: KeyValuePairs<String, Field> = [
        "room": .string("Its name."), "members": .integer("How many users are in it now."),
    ]
    private static let others: KeyValuePairs<String, Field> = [
        "room": .string("Its name."), "user_id": .id("Who it is."), "user_name": .string("And is called."),
        "members": .integer("How many users are in it now."),
    ]
}
