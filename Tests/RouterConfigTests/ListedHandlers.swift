import HandlerKit
import Handlers

/// The handlers that the tests may list: those that are shipped, and some with what no shipped one has.
enum ListedHandlers {
    static let all: [any Handler.Type] = bundledHandlers + ours
    /// Those that the reports of ConfigCases name, where they list all there are; a new one changes none of them.
    static let inCases = bundledHandlers.filter { named.contains($0.name) } + ours
    private static let named = [
        "rate-limit", "lobby", "rename", "rooms", "emoji", "image", "history", "typing", "private", "broadcast", "echo",
    ]
    static let ours: [any Handler.Type] = [Nickname.self, Badges.self]
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

/// Needs a partner, and has settings of further types, one of them its own.
struct Badges: Handler {
    static let name = "badges"
    static let summary = "Gives badges to nicknames."
    static let types: MessageTypes = ["get_badges"]
    static let needs = ["nickname"]

    @Setting("Most badges of one user.", in: 1...8, unit: "badges")
    var most = 3
    @Setting("What they are made of.", applies: .newConnections)
    var metal = Metal.tin
    @Setting("How wide and high they are.")
    var size = BadgeSize(width: 4, height: 3)
    @Setting("How long they shine; 0 is for ever.", in: .zero...)
    var shine: Duration = .zero
}

enum Metal: String, CaseIterable, SettingValue { case tin, gold }

/// A type of setting as a handler's author may write one: it says no more of itself than it has to.
struct BadgeSize: SettingValue {
    var width: Int
    var height: Int

    static let expected = "width and height, such as 4x3"
    var settingText: String { "\(width)x\(height)" }

    init(width: Int, height: Int) { (self.width, self.height) = (width, height) }

    init?(setting: SettingInput) {
        guard let text = String(setting: setting) else { return nil }
        let sides = text.split(separator: "x").compactMap { Int($0) }
        guard sides.count == 2 else { return nil }
        self.init(width: sides[0], height: sides[1])
    }
}
