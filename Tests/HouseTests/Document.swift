import Foundation

/// A page in Markdown, as far as tests look into it.
struct Document {
    let name: String
    let lines: [Substring]

    /// What stands between two lines of ```.
    struct Block: CustomStringConvertible {
        /// What stands behind the opening ```, such as `swift` or `yaml`.
        let language: String
        let text: String
        var description: String { text }
    }

    init(_ name: String) throws {
        self.name = name
        lines = try Repository.text(of: name).split(separator: "\n", omittingEmptySubsequences: false)
    }

    var blocks: [Block] {
        var blocks: [Block] = []
        var open: (language: String, lines: [Substring])?
        for line in lines {
            if line.hasPrefix("```") {
                if let block = open {
                    blocks.append(Block(language: block.language, text: block.lines.joined(separator: "\n") + "\n"))
                }
                open = open == nil ? (String(line.dropFirst(3)), []) : nil
            } else {
                open?.lines.append(line)
            }
        }
        return blocks
    }

    func blocks(in language: String) -> [Block] { blocks.filter { $0.language == language } }

    /// The rows of the table under a heading, without its head; each cell trimmed.
    func table(under heading: String) -> [[String]] {
        let section = lines.drop { $0 != heading }.dropFirst().prefix { !$0.hasPrefix("#") }
        let rows = section.drop { !$0.hasPrefix("|") }.prefix { $0.hasPrefix("|") }
        return rows.dropFirst(2).map { row in
            row.dropFirst().dropLast().split(separator: "|", omittingEmptySubsequences: false)
                .map { $0.trimmingCharacters(in: .whitespaces) }
        }
    }

    /// What stands in `code` marks.
    var code: [String] {
        blocks.isEmpty ? [] : lines.flatMap { $0.matches(of: /`([^`]+)`/).map { String($0.1) } }
    }

    /// The files that it links to, from the root of the repository.
    var links: [String] {
        let folder = name.contains("/") ? name.split(separator: "/").dropLast().joined(separator: "/") + "/" : ""
        return lines.flatMap { $0.matches(of: /\]\(([^)#]+)(#[^)]*)?\)/).map { String($0.1) } }
            .filter { !$0.contains("://") }
            .map { folder + $0 }
    }
}
