import Testing

/// A target's folder in Sources, and what its files import.
private struct Target {
    /// The folder's path below Sources; for most the module's name as well.
    let folder: String
    /// Folders of folders: `Stores/SQLite` is the module `SQLiteStore`.
    private static let groups = ["Stores": "Store"]

    init(_ folder: String) { self.folder = folder }

    var name: String {
        let parts = folder.split(separator: "/")
        return parts.count == 2 ? parts[1] + (Self.groups[String(parts[0])] ?? "") : folder
    }

    static func all() throws -> [Target] {
        try Repository.folders(in: "Sources").flatMap { folder in
            if groups[folder] == nil { return [Target(folder)] }
            return try Repository.folders(in: "Sources/" + folder).map { Target("\(folder)/\($0)") }
        }
    }

    /// Each imported module with the file that imports it.
    func imports() throws -> [(module: String, file: String)] {
        try Repository.files(below: "Sources/\(folder)", named: ".swift").flatMap { file in
            try Self.code(of: file).matches(of: importLine).map { (String($0.1), file) }
        }
    }

    /// A file's text without what stands in strings of several lines: that may be Swift, too.
    private static func code(of file: String) throws -> String {
        let parts = try Repository.text(of: file).split(separator: "\"\"\"", omittingEmptySubsequences: false)
        return parts.enumerated().filter { $0.offset.isMultiple(of: 2) }.map(\.element).joined()
    }
}

nonisolated(unsafe) private let importLine =
    // A regex literal is immutable; the type just does not say so.
    /(?m)^\s*(?:@\w+ |public |package |internal |private |fileprivate )*import (?:struct |class |enum |func |protocol )?(\w+)/

@Suite("Who imports whom")
struct ImportBordersTests {
    /// What each target may import of the others: the table in README.
    private let allowed: [String: Set<String>]

    init() throws {
        let rows = try Document("README.md").table(under: "## Layout")
        allowed = Dictionary(
            uniqueKeysWithValues: rows.filter { $0[0].hasPrefix("`Sources/") }.map { row in
                let folder = String(row[0].dropFirst("`Sources/".count).dropLast())
                return (Target(folder).name, Set(row[2].matches(of: /`(\w+)`/).map { String($0.1) }))
            })
    }

    @Test("README lists every target of Sources, and no other")
    func everyTargetIsListed() throws {
        #expect(try Target.all().map(\.name).sorted() == allowed.keys.sorted())
    }

    @Test("No target imports another beyond what README allows it")
    func ownTargets() throws {
        let names = Set(allowed.keys)
        for target in try Target.all() {
            for (module, file) in try target.imports() where names.contains(module) {
                #expect(allowed[target.name]?.contains(module) == true, "\(file) imports \(module)")
            }
        }
    }

    @Test(
        "Sockets, YAML and arguments stay at the rim",
        arguments: [
            ("NIOPosix", ["RouterServer", "HandlerTesting"]),
            ("CLibYAML", ["RouterConfig"]),
            ("ArgumentParser", ["RouterCommand"]),
            ("GRDB", ["SQLiteStore"]),
            ("GRDBSQLite", ["SQLiteStore"]),
        ])
    func rim(_ module: String, _ targets: [String]) throws {
        for target in try Target.all() where !targets.contains(target.name) {
            for (imported, file) in try target.imports() { #expect(imported != module, "\(file) imports \(module)") }
        }
    }

    @Test("A handler needs nothing but HandlerKit")
    func handlers() throws {
        for (module, file) in try Target("Handlers").imports() {
            #expect(module == "HandlerKit", "\(file) imports \(module)")
        }
    }

    @Test("The bottom and the core need no more of Foundation or of the system than nothing")
    func platform() throws {
        for name in ["WebSocketWire", "JSONWire", "HandlerKit", "Handlers", "RouterCore"] {
            for (module, file) in try Target(name).imports() {
                #expect(
                    !["Foundation", "Glibc", "Darwin", "Musl", "Dispatch"].contains(module), "\(file) imports \(module)"
                )
            }
        }
    }
}
