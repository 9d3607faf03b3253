import Foundation

/// The files of this repository, by their paths from its root.
enum Repository {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static func path(_ name: String) -> String { root.appending(path: name).path }

    static func text(of name: String) throws -> String {
        try String(contentsOf: root.appending(path: name), encoding: .utf8)
    }

    static func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

    /// The files below a folder whose names end so, sorted; without what starts with a dot, such as builds.
    static func files(below folder: String, named suffix: String = "") throws -> [String] {
        guard let found = FileManager.default.enumerator(atPath: path(folder)) else { return [] }
        let names = found.compactMap { $0 as? String }.filter { name in
            !name.split(separator: "/").contains { $0.hasPrefix(".") } && name.hasSuffix(suffix)
        }
        return names.map { "\(folder)/\($0)" }.filter { !isFolder($0) }.sorted()
    }

    /// The names of the folders in a folder, sorted.
    static func folders(in folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path(folder)).filter { isFolder("\(folder)/\($0)") }
            .sorted()
    }

    /// Every text file that people write here.
    static func texts() throws -> [String] {
        let folders = ["Sources", "Tests", "Examples", "Benchmarks", "Scripts", "config", "docs"]
        return try folders.flatMap { try files(below: $0) } + files(below: "Fuzz", named: ".swift") + [
            "README.md", "Makefile", "Package.swift", "plugins.yaml",
        ]
    }

    private static func isFolder(_ name: String) -> Bool {
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: path(name), isDirectory: &isDirectory) && isDirectory.boolValue
    }
}
