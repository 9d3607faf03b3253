#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The repository of the router, as a folder of this machine.
struct RouterRepository {
    /// As the working directory has it: `.`, or `..` and so on.
    let folder: String

    /// A line of a file, and the line after which it is to stand.
    struct NewLine {
        let file: String
        let text: String
        /// From 1.
        let after: Int
        let previous: String
    }

    /// - Returns: nil when this folder is none.
    init?(_ folder: String) {
        let package = (try? String(contentsOfFile: "\(folder)/Package.swift", encoding: .utf8)) ?? ""
        guard package.contains("name: \"router\","),
            FileManager.default.fileExists(atPath: "\(folder)/\(Self.list)")
        else { return nil }
        self.folder = folder
    }

    /// The repository that the working directory is in.
    static func around() -> RouterRepository? {
        let depth = Place(".").components.count
        let folders = ["."] + (0..<depth).map { Array(repeating: "..", count: $0 + 1).joined(separator: "/") }
        return folders.lazy.compactMap { RouterRepository($0) }.first
    }

    private static let list = "Sources/Handlers/BundledHandlers.swift"

    /// Where the new handler has to be named: in the list of bundled handlers, and in the shipped pipeline.
    func places(for handler: HandlerNames) throws(CommandFault) -> [NewLine] {
        [
            try line("    \(handler.swiftType).self,", in: Self.list) { $0.hasSuffix(".self,") },
            try line(handler.entry, in: "plugins.yaml") { !$0.isEmpty && !$0.hasPrefix("#") },
        ]
    }

    /// A line behind the last one of a file that is `like` it.
    private func line(_ text: String, in file: String, like: (Substring) -> Bool) throws(CommandFault) -> NewLine {
        let content = (try? String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)) ?? ""
        let lines = content.split(separator: "\n", omittingEmptySubsequences: false)
        guard let last = lines.lastIndex(where: like) else {
            throw CommandFault("\(file) is not there, or not as it was shipped; nothing was written")
        }
        return NewLine(file: file, text: text, after: last + 1, previous: String(lines[last]))
    }
}

/// The router that a package builds on, as its Package.swift names it.
struct RouterDependency {
    /// `.package(…)`
    let declaration: String
    /// What products of it name as their package.
    let package: String
    /// The targets it has, whose names the package can't have once more.
    let targets: [String]

    /// - Parameters:
    ///   - router: a folder or an address; the repository around the working directory when nil.
    ///   - folder: that of the package, from which the path is written.
    init(_ router: String?, from folder: String) throws(CommandFault) {
        if let router, router.contains("://") || router.hasPrefix("git@") {
            declaration = ".package(url: \"\(router)\", branch: \"main\")"
            let name = router.split { $0 == "/" || $0 == ":" }.last ?? ""
            package = String(name.hasSuffix(".git") ? name.dropLast(4) : name)
            targets = ["router"]
            return
        }
        guard let repository = router.map({ RouterRepository($0) }) ?? RouterRepository.around() else {
            throw CommandFault(
                router.map { "\($0) is not the router's repository" }
                    ?? "this folder is not in the router's repository",
                help: "say where the router is: --router PATH-or-URL")
        }
        let path = router.flatMap { $0.hasPrefix("/") ? $0 : nil } ?? Place(folder).way(to: Place(repository.folder))
        declaration = ".package(name: \"router\", path: \"\(path)\")"
        package = "router"
        targets = (try? FileManager.default.contentsOfDirectory(atPath: "\(repository.folder)/Sources")) ?? []
    }
}

/// What a new package is called, and what it builds on.
struct PackageNames {
    let folder: String
    /// The package, its program and their folder: `dice-router`.
    let name: String
    let dependency: RouterDependency

    /// What Swift code imports: `dice_router`.
    var module: String { name.replacing("-", with: "_") }

    init(folder: String, dependency: RouterDependency) throws(CommandFault) {
        let name = Place(folder).name
        guard name.wholeMatch(of: /[A-Za-z][A-Za-z0-9_-]*/) != nil else {
            throw CommandFault(
                "\"\(name)\" is no name for a package", help: "letters, digits and hyphens: ../dice-router")
        }
        guard !ReservedNames.words.contains(name.lowercased()), !ReservedNames.modules.contains(name.lowercased())
        else {
            throw CommandFault("\"\(name)\" means something else in Swift already", help: "such as ../\(name)-router")
        }
        if let target = dependency.targets.first(where: { $0.lowercased() == name.lowercased() }) {
            throw CommandFault("the router has a target \"\(target)\" already", help: "choose another folder")
        }
        self.name = name
        self.folder = folder.count > 1 && folder.hasSuffix("/") ? String(folder.dropLast()) : folder
        self.dependency = dependency
    }
}
