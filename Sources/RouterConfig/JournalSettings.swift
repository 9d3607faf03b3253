import HandlerKit

/// What becomes of posts when the router ends.
public struct JournalSettings: SettingsSection {
    @Setting(
        "Where posts become durable before anybody sees them: sqlite is a file on this machine; with none they are in memory and end with the process.",
        applies: .afterRestart)
    public var store = JournalStore.sqlite

    @Setting(
        "The folder that sqlite keeps its files in; relative to this file. It is created, for the router's user only.",
        applies: .afterRestart)
    public var path = "../data"

    @Setting(
        "Posts of each room that are kept, the newest; and as many private messages of all users together.",
        in: 1...1_000_000_000, unit: "posts", applies: .afterRestart,
        whenHit: "the oldest are removed, a few at a time between commits")
    public var keepPosts = 100_000

    @Setting(
        "How long posts and private messages are kept.", in: .seconds(60)...(.seconds(36_500 * 86_400)),
        applies: .afterRestart, whenHit: "older ones are removed within minutes")
    public var keepFor: Duration = .seconds(365 * 86_400)

    @Setting(
        "Whether private messages are kept, for receivers that come back; of those that are not it is only kept that one with a key was sent.",
        applies: .afterRestart)
    public var keepPrivateMessages = false

    public init() {}
}

/// The stores that posts can become durable in.
public enum JournalStore: String, CaseIterable, SettingValue {
    case sqlite, none
}
