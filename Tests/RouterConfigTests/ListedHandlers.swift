import HandlerKit
import Handlers

/// The handlers that the tests may list: those that are shipped, and one more with settings of further types.
enum ListedHandlers {
    static let all: [any Handler.Type] = bundledHandlers + [Nickname.self]
}

/// Ends the same messages as `rename`.
struct Nickname: Handler {
    static let name = "nickname"
    static let summary = "Lets a user choose a short name."
    static let types: MessageTypes = ["set_name"]

    @Setting("Whether a nickname may be changed.")
    var changeable = true
    @Setting("Lengths that a nickname may have.")
    var lengths: [Int] = [3, 4]
}
