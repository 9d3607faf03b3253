import HandlerKit
import NIOCore
import RouterCore
import Testing
import WebSocketWire

@Suite("docs/protocol.md is the reference")
struct ProtocolTests {
    private let page: Document

    init() throws { page = try Document("docs/protocol.md") }

    @Test("Every rule that a comment in Sources or a conversation names stands there")
    func rules() throws {
        let stated = Set(page.lines.flatMap { $0.matches(of: /\bP(\d+)\b/).map { String($0.1) } })
        let files =
            try Repository.files(below: "Sources", named: ".swift") + Repository.files(below: "Tests", named: ".chat")
        for file in files {
            for cited in try Repository.text(of: file).matches(of: /\bP(\d+)\b/) {
                #expect(stated.contains(String(cited.1)), "\(file) names P\(cited.1)")
            }
        }
    }

    @Test("Every rule has one place where it is stated, in the order of the numbers")
    func everyRuleOnce() {
        let stated = page.lines.flatMap { $0.matches(of: /\*\*P(\d+)\*\*/).compactMap { Int($0.1) } }
        #expect(stated == stated.sorted())
        #expect(Set(stated).count == stated.count)
    }

    @Test("The error codes in its table are those that the router can send")
    func errorCodes() throws {
        let table = page.table(under: "### Error codes").map { $0[0] }
        var sent = Set(Closings.all.filter(\.isAnnounced).map { "`\($0.error.rawValue)`" })
        for file in try Repository.files(below: "Sources", named: ".swift") {
            for thrown in try Repository.text(of: file).matches(of: /Rejection\(\s*\.(\w+),/) {
                let code = try #require(ErrorCode.allCases.first { "\($0)" == thrown.1 }, "\(file): \(thrown.1)")
                sent.insert("`\(code.rawValue)`")
            }
        }
        #expect(sent == Set(table), "\(sent.symmetricDifference(table))")
    }

    @Test("The HTTP statuses of P29 and P51 are those that the server answers with")
    func statuses() throws {
        let paragraphs = page.lines.split(separator: "").filter { paragraph in
            ["**P29**", "**P51**"].contains { paragraph.first?.hasPrefix($0) == true }
        }
        let stated = paragraphs.joined().flatMap { $0.matches(of: /\b[45]\d\d\b/).compactMap { Int($0.output) } }
        var answered: Set<Int> = []
        for folder in ["Sources/WebSocketWire", "Sources/RouterServer"] {
            for file in try Repository.files(below: folder, named: ".swift") {
                for used in try Repository.text(of: file).matches(of: /(?:status: |Refusal\(\s*)\.(\w+),/) {
                    answered.insert(try #require(HTTPStatus.allCases.first { "\($0)" == used.1 }).rawValue)
                }
            }
        }
        #expect(Set(stated) == answered)
    }

    @Test("Every frame that it shows is JSON of the router's own strictness")
    func frames() throws {
        for line in page.lines {
            for frame in line.matches(of: /`(\{"type":[^`]*\})`/) where !frame.1.contains("…") {
                var object = JSONObject()
                #expect(throws: Never.self, "\(frame.1)") {
                    try object.read(ByteBuffer(substring: frame.1))
                }
            }
        }
    }
}
