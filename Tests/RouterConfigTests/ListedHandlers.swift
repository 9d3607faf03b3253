import HandlerKit

/// Handlers with the names, types and settings of those that are shipped; they do nothing.
enum ListedHandlers {
    static let all: [any Handler.Type] = [
        RateLimit.self, Lobby.self, Rename.self, Private.self, Broadcast.self, Echo.self,
    ]
}

struct RateLimit: Handler {
    static let name = "rate-limit"
    static let summary = "Refuses a client that sends too much."
    static let types = MessageTypes.all

    @Setting("Messages a client may send at once.", in: 1...10_000)
    var burst = 20
    @Setting("Messages a client may send a second, after a burst.", in: 0.01...10_000)
    var perSecond = 5.0
    @Setting("Refusals before a client is closed with 4101.", in: 1...1_000_000)
    var maxRefused = 100
    @Setting("The time within which refusals are counted.", in: .seconds(1)...(.seconds(3_600)))
    var refusedWithin: Duration = .seconds(10)
}

struct Lobby: Handler {
    static let name = "lobby"
    static let summary = "Greets users and tells who comes and goes."
    static let types: MessageTypes = ["get_users", "get_stats"]

    @Setting("What a new user is greeted with.")
    var welcomeMessage = "Welcome to the chat room!"
    @Setting("Most users in one list.", in: 1...100_000)
    var listedUsers = 1_000
    @Setting("Queries a client may ask at once.", in: 1...10_000)
    var queryBurst = 20
    @Setting("Queries a client may ask a second.", in: 0.01...10_000)
    var queriesPerSecond = 5.0
}

struct Rename: Handler {
    static let name = "rename"
    static let summary = "Lets a user choose the name that others see."
    static let types: MessageTypes = ["set_name"]

    @Setting("Longest name allowed, in characters.", in: 1...256)
    var maxLength = 20
    @Setting("Characters that no name may have.")
    var forbiddenCharacters = "<>"
}

struct Private: Handler {
    static let name = "private"
    static let summary = "Passes a message to one user."
    static let types: MessageTypes = ["private_message"]
}

struct Broadcast: Handler {
    static let name = "broadcast"
    static let summary = "Passes a message to everyone else."
    static let types: MessageTypes = ["message"]
}

struct Echo: Handler {
    static let name = "echo"
    static let summary = "Answers every message with itself."
    static let types = MessageTypes.frames

    @Setting("Put before every text.")
    var prefix = "Echo: "
}
