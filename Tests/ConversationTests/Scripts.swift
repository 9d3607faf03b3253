import Foundation
import HandlerTesting

/// The scripts of `Tests/Conversations`, by the name of the file.
enum Scripts {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Conversations")

    static let names: [String] = {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return files.filter { $0.hasSuffix(".chat") }.sorted()
    }()

    /// Only these are held when `CONVERSATIONS` names them, for whoever works on one.
    static let chosen: [Conversation] = {
        guard let names = ProcessInfo.processInfo.environment["CONVERSATIONS"] else { return all }
        return all.filter { names.split(separator: " ").map { $0 + ".chat" }.contains($0.name[...]) }
    }()

    /// All of them that can be read.
    static let all = names.compactMap { try? load($0) }

    static func load(_ name: String) throws -> Conversation {
        let source = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
        return try Conversation(source, name: name)
    }
}
