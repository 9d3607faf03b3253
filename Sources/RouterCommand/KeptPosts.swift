import HandlerKit
import Logging
import RouterConfig
import RouterCore
import SQLiteStore

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Where posts become durable, as the configuration says.
struct KeptPosts {
    let journal: OpenJournal?
    /// For whoever starts the router: the folder, and what is in it; or that there is none.
    let summary: String

    /// Opens the store.
    ///
    /// - Throws: one line that names the folder or file, and says what is wrong with it.
    static func open(_ loaded: LoadedConfiguration, _ log: Logger) throws(JournalFailure) -> KeptPosts {
        if let taker = loaded.plan.takerOfFrames {
            return KeptPosts(journal: nil, summary: "nothing is kept: \(taker.name) has no posts")
        }
        switch loaded.configuration.journal.store {
        case .none: return KeptPosts(journal: nil, summary: "nothing is kept: journal.store is none")
        case .sqlite: return try openSQLite(loaded, log)
        }
    }

    private static func openSQLite(
        _ loaded: LoadedConfiguration, _ log: Logger
    ) throws(JournalFailure) -> KeptPosts {
        let (settings, limits) = (loaded.configuration.journal, loaded.configuration.limits)
        let (journal, contents) = try SQLiteJournal.open(
            loaded.dataFolder, rooms: loaded.plan.rooms,
            window: .init(posts: limits.maxRoomPosts, bytes: limits.maxRoomBytes.bytes),
            keeps: .init(posts: settings.keepPosts, seconds: settings.keepFor.components.seconds), log: log)
        return KeptPosts(
            journal: OpenJournal(journal, contents, keepsPrivateMessages: settings.keepPrivateMessages),
            summary: "data folder \(absolute(loaded.dataFolder)), \(journal.isNew ? "created" : words(journal.holding))"
        )
    }

    private static func words(_ holding: (posts: Int, rooms: Int)) -> String {
        let (posts, rooms) = holding
        return posts == 0
            ? "no posts yet" : "\(posts) post\(posts == 1 ? "" : "s") in \(rooms) room\(rooms == 1 ? "" : "s")"
    }

    /// What the path leads to, links followed.
    private static func absolute(_ path: String) -> String {
        guard let found = realpath(path, nil) else { return path }
        defer { free(found) }
        return String(cString: found)
    }
}
