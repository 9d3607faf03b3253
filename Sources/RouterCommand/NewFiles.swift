#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A file to be written, by its path from the folder that all of them go into.
struct NewFile {
    let path: String
    /// What it is, in a few words.
    let purpose: String
    let text: String

    init(_ path: String, _ purpose: String, _ text: String) {
        (self.path, self.purpose, self.text) = (path, purpose, text)
    }
}

/// Files that are written all together, or none of them.
struct NewFiles {
    private let files: [NewFile]
    private let folder: String

    init(_ files: [NewFile], in folder: String) {
        self.files = files
        self.folder = folder
    }

    /// - Parameter replacing: whether files that are there may be replaced.
    /// - Throws: when one of them can't be written, or is there already; then nothing new is left behind.
    func write(replacing: Bool = false) throws(CommandFault) {
        for file in files where !replacing && FileManager.default.fileExists(atPath: path(of: file)) {
            throw CommandFault("\(path(of: file)) is there already; nothing was written")
        }
        var made: [String] = []
        do {
            for file in files {
                let path = path(of: file)
                try makeFolders(above: path, &made)
                let isNew = !FileManager.default.fileExists(atPath: path)
                try Data(file.text.utf8).write(to: URL(filePath: path), options: replacing ? [] : .withoutOverwriting)
                if isNew { made.append(path) }
            }
        } catch {
            for path in made.reversed() { try? FileManager.default.removeItem(atPath: path) }
            throw CommandFault("can't write into \(folder): \(error.reason); nothing was written")
        }
    }

    private func path(of file: NewFile) -> String { folder == "." ? file.path : "\(folder)/\(file.path)" }

    /// Makes the folders that are missing on the way to a file, one by one, and notes which.
    private func makeFolders(above path: String, _ made: inout [String]) throws {
        let folders = path.indices.filter { path[$0] == "/" && $0 > path.startIndex }.map { String(path[..<$0]) }
        for folder in folders where !FileManager.default.fileExists(atPath: folder) {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
            made.append(folder)
        }
    }
}

extension Error {
    /// The system's reason, such as "Permission denied".
    fileprivate var reason: String {
        let system = (self as? CocoaError)?.underlying as? POSIXError
        return system.map { String(cString: strerror($0.code.rawValue)) } ?? String(describing: self)
    }
}

/// A file's or folder's place, by rules of text alone: links are not followed.
struct Place: Equatable {
    /// From the root, without `.` and `..`.
    let components: [Substring]

    /// - Parameter path: relative to the working directory unless it starts with "/".
    init(_ path: String) {
        let full = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
        components = full.split(separator: "/").reduce(into: []) { components, component in
            switch component {
            case ".": break
            case "..": components = Array(components.dropLast())
            default: components.append(component)
            }
        }
    }

    var path: String { "/" + components.joined(separator: "/") }
    var name: String { components.last.map(String.init) ?? "" }

    /// The way from here to another place, such as `../router`.
    func way(to other: Place) -> String {
        let common = zip(components, other.components).prefix { $0 == $1 }.count
        let up = Array(repeating: Substring(".."), count: components.count - common)
        let way = (up + other.components.dropFirst(common)).joined(separator: "/")
        return way.isEmpty ? "." : way
    }
}
