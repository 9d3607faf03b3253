import Foundation
import FuzzTargets
import Testing

/// The inputs of Fuzz/Corpus: seeds that show the way into the code, and what fuzzing has found.
private enum Corpus {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fuzz/Corpus")

    static func inputs(of target: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: target).path).sorted()
    }

    static func bytes(of input: String, _ target: String) throws -> [UInt8] {
        try Array(Data(contentsOf: folder.appending(path: target).appending(path: input)))
    }

    static let all = FuzzTarget.all.flatMap { target in
        ((try? inputs(of: target.name)) ?? []).map { (target.name, $0) }
    }
}

@Suite("What fuzzing starts from, and what it has found")
struct CorpusTests {
    private func target(_ name: String) throws -> FuzzTarget {
        try #require(FuzzTarget.all.first { $0.name == name })
    }

    @Test("No rule is broken by any input of the corpora", arguments: Corpus.all)
    func inputs(_ name: String, _ input: String) throws {
        let bytes = try Corpus.bytes(of: input, name)
        try target(name).run(bytes)
    }

    @Test("Nor by one of them cut short anywhere", arguments: Corpus.all)
    func cutShort(_ name: String, _ input: String) throws {
        let bytes = try Corpus.bytes(of: input, name)
        let step = max(1, bytes.count / 16)
        for count in stride(from: 0, to: bytes.count, by: step) { try target(name).run(Array(bytes.prefix(count))) }
    }

    @Test("Every target has inputs to start from, each a small one")
    func sizes() throws {
        for target in FuzzTarget.all {
            let inputs = try Corpus.inputs(of: target.name)
            #expect(inputs.count >= 5, "\(target.name)")
            for input in inputs {
                #expect(try Corpus.bytes(of: input, target.name).count <= target.maxBytes, "\(target.name)/\(input)")
            }
        }
    }

    @Test("Every folder of inputs belongs to a target")
    func folders() throws {
        let folders = try FileManager.default.contentsOfDirectory(atPath: Corpus.folder.path)
        #expect(folders.sorted() == FuzzTarget.all.map(\.name).sorted())
    }
}
