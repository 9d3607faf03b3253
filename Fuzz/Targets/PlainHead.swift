import Foundation
import WebSocketWire

/// A request head as the simplest reader sees it: cut at its line ends and colons. Where a stricter one finds another
/// meaning in the same bytes, a request could be smuggled past one of the two.
struct PlainHead {
    private let lines: [String]

    /// - Parameter bytes: those that the parser took for a head.
    init(_ bytes: some Collection<UInt8>) throws {
        let text = String(decoding: bytes, as: UTF8.self)
        try require(text.hasSuffix("\r\n\r\n"), "a head ends with an empty line")
        let lines = text.components(separatedBy: "\r\n").dropLast(2)
        // One empty line may come before a request (RFC 9112, section 2.2).
        self.lines = Array(lines.first == "" ? lines.dropFirst() : lines)
        for line in self.lines {
            try require(
                !line.unicodeScalars.contains { $0.value < 0x20 && $0 != "\t" || $0.value == 0x7F },
                "a line holds a control character: \(line.debugDescription)")
        }
    }

    /// - Throws: `BrokenRule` where the parser found something else.
    func check(_ head: RequestHead) throws {
        let words = lines[0].components(separatedBy: " ")
        try require(words.count == 3 && words[0] == head.method, "the request line is \(lines[0])")
        try require(words[2] == "HTTP/\(head.version.major).\(head.version.minor)", "the version is \(words[2])")
        try require(head.path.hasPrefix("/"), "the path is \(head.path)")
        let target = head.path + (head.query.map { "?" + $0 } ?? "")
        let isWhole = words[1].hasPrefix("/")
        try require(isWhole ? words[1] == target : words[1].contains("://"), "\(words[1]) became \(target)")
        try checkFields(head, isWhole: isWhole)
    }

    private func checkFields(_ head: RequestHead, isWhole: Bool) throws {
        let fields = head.headers.fields
        try require(fields.count >= lines.count - 1, "\(lines.count - 1) header lines became \(fields.count)")
        let written = try lines.dropFirst().map { line in
            guard let colon = line.unicodeScalars.firstIndex(of: ":") else { throw BrokenRule("no colon in \(line)") }
            let value = line.unicodeScalars[line.unicodeScalars.index(after: colon)...]
            return HeaderFields.Field(
                String(line.unicodeScalars[..<colon]), String(value).trimmingCharacters(in: .init(charactersIn: " \t")))
        }
        // A whole address stands in for the Host (RFC 9112, section 3.2.2).
        let isHost = { (field: HeaderFields.Field) in !isWhole && field.name.lowercased() == "host" }
        let (read, sent) = (fields.filter { !isHost($0) }, written.filter { !isHost($0) })
        try require(read == sent, "\(sent) became \(read)")
        let hosts = fields.count { $0.name.lowercased() == "host" }
        try require(hosts == 1 || hosts == 0 && head.version.minor == 0, "a head with \(hosts) hosts")
    }
}
