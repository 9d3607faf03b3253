import HandlerKit

/// The handlers that come with the router.
public let bundledHandlers: [any Handler.Type] = [
    RateLimit.self, Lobby.self, Rename.self, Rooms.self, Emoji.self, Image.self, History.self, Typing.self,
    Private.self, Broadcast.self, Echo.self,
]
