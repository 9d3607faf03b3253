import Foundation
import RouterConfig
import Testing

@Suite("Configuration files made to do harm")
struct HostileFilesTests {
    private func diagnostics(_ text: String) throws -> [Diagnostic] {
        let folder = try TemporaryFolder()
        let file = try folder.write("hostile.yaml", text.utf8)
        do throws(ConfigurationFailure) {
            _ = try ConfigurationFile.load(file, handlers: ListedHandlers.all, plugins: file)
            return []
        } catch {
            return error.diagnostics
        }
    }

    private static let mebibyte = 1 << 20

    @Test(
        "A mebibyte of one thing is refused in moderate time and space", .timeLimit(.minutes(5)),
        arguments: [
            "[", "{", "- ", "? ", "a: ", "&a ", "!a ", "a: {", "\"", "|\n", " ", "\n", "a", "a\n", "[[],", "\t",
            "x: y\n",
        ])
    func repeated(_ piece: String) throws {
        let found = try diagnostics(String(repeating: piece, count: Self.mebibyte / piece.utf8.count))
        #expect(!found.isEmpty)
        #expect(found.report.utf8.count < 100_000)
    }

    @Test("Twenty thousand unknown settings on one line are refused with few words")
    func manyFaults() throws {
        let text = "limits: {" + (0..<20_000).map { "x\($0): 1" }.joined(separator: ", ") + "}"
        let found = try diagnostics(text)
        #expect(found.contains { $0.code == .tooLarge })
        #expect(found.report.utf8.count < 50_000)
    }

    @Test("A fault at the end of a text without a last line break stands in its last line", arguments: ["", "  "])
    func noLastLineBreak(_ indentation: String) throws {
        let fault = try #require(try diagnostics("listen: [\n\(indentation)a,").first)
        #expect(fault.line == 2 && fault.column == indentation.count + 3 && fault.sourceLine == indentation + "a,")
    }

    @Test("Two thousand faults are all counted, and twenty are shown")
    func counted() throws {
        let text = "limits:\n" + (0..<2_000).map { "  x\($0): 1\n" }.joined()
        let report = try diagnostics(text).report
        #expect(report.hasSuffix("\n2002 errors; the first 20 are shown\n"))
        #expect(report.components(separatedBy: "error[").count == 21)
    }

    /// A generator of its own, so that each run is the same.
    private struct Dice: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ (state >> 33)
        }
    }

    @Test("Whatever a file is changed to, it is loaded or refused, and each fault stands within it", arguments: 0..<200)
    func mutated(_ seed: UInt64) throws {
        var dice = Dice(state: seed &* 0x9E37_79B9_7F4A_7C15)
        let source = ["config/chat.yaml", "plugins.yaml"].randomElement(using: &dice) ?? ""
        var bytes = try Array(Data(contentsOf: URL(filePath: Repository.path(source))))
        let pieces = [
            "\t", "\n", ": ", "- ", "{", "}", "[", "]", "\"", "'", "#", "&a ", "*a", "!t ", "|", "é", "\0", "\u{85}",
            "---\n", "null", "💥",
        ]
        for _ in 0..<Int.random(in: 1...6, using: &dice) {
            let place = Int.random(in: 0..<bytes.count, using: &dice)
            switch Int.random(in: 0..<4, using: &dice) {
            case 0: bytes.remove(at: place)
            case 1: bytes[place] = UInt8.random(in: 0...255, using: &dice)
            case 2: bytes.removeSubrange(place..<min(place + 40, bytes.count))
            default: bytes.insert(contentsOf: (pieces.randomElement(using: &dice) ?? "").utf8, at: place)
            }
        }
        let folder = try TemporaryFolder()
        let file = try folder.write("mutated.yaml", bytes)
        let isPlugins = source == "plugins.yaml"
        do throws(ConfigurationFailure) {
            _ = try ConfigurationFile.load(
                isPlugins ? Repository.path("config/chat.yaml") : file, handlers: ListedHandlers.all,
                plugins: isPlugins ? file : Repository.path("plugins.yaml"))
        } catch {
            let lines = String(decoding: bytes, as: UTF8.self).split(
                omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            for fault in error.diagnostics {
                #expect((0...lines.count).contains(fault.line), "\(fault)")
                #expect(fault.column <= (fault.sourceLine?.unicodeScalars.count ?? 0) + 1, "\(fault)")
            }
            #expect(!error.report.isEmpty)
        }
    }
}
