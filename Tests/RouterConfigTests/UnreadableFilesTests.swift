import Foundation
import RouterConfig
import Testing

/// A folder of its own for each test, removed with it.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "router-config-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ name: String, _ bytes: some Sequence<UInt8>) throws -> String {
        let file = "\(path)/\(name)"
        try Data(bytes).write(to: URL(filePath: file))
        return file
    }
}

@Suite("Configuration files that cannot be read")
struct UnreadableFilesTests {
    /// What is said of a configuration file; nil when it was loaded.
    private func refusal(
        _ path: String, plugins: String? = Repository.path("plugins.yaml")
    ) -> ConfigurationFailure? {
        do throws(ConfigurationFailure) {
            _ = try ConfigurationFile.load(path, handlers: ListedHandlers.all, plugins: plugins)
            return nil
        } catch {
            return error
        }
    }

    @Test("A file that is missing is told in one line, and is no fault of its contents")
    func missing() throws {
        let failure = try #require(refusal("no/such/chat.yaml"))
        #expect(failure.unreadable)
        #expect(failure.report == "no/such/chat.yaml: error[R001]: cannot read no/such/chat.yaml: no such file\n")
    }

    @Test("A folder is no configuration file")
    func folder() throws {
        let folder = try TemporaryFolder()
        let failure = try #require(refusal(folder.path))
        #expect(failure.unreadable)
        let path = folder.path
        #expect(failure.report == "\(path): error[R001]: cannot read \(path): it is a directory\n")
    }

    @Test(
        "A file without permission to read it is told as such", .enabled(if: geteuid() != 0, "root may read anything"))
    func permission() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("chat.yaml", "listen: 127.0.0.1:8080".utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: file)
        let failure = try #require(refusal(file))
        #expect(failure.unreadable)
        #expect(failure.diagnostics.map(\.message) == ["cannot read \(file): no permission to read it"])
    }

    @Test("A name with a NUL in it is not cut there")
    func nul() throws {
        let failure = try #require(refusal(Repository.path("config/chat.yaml") + "\0.old"))
        #expect(failure.unreadable)
    }

    @Test("Both files are told when neither can be read")
    func both() throws {
        let failure = try #require(refusal("no/such/chat.yaml", plugins: "no/such/plugins.yaml"))
        #expect(failure.diagnostics.map(\.file) == ["no/such/chat.yaml", "no/such/plugins.yaml"])
    }

    @Test("Bytes that are no UTF-8 are told at the first of them")
    func notUTF8() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(
            "chat.yaml", Array("log:\n  # Grü".utf8) + [0xDF] + Array("e\n  level: info\n".utf8))
        let failure = try #require(refusal(file))
        #expect(!failure.unreadable)
        #expect(failure.diagnostics.map(\.code) == [.notUTF8])
        #expect(
            failure.report == """
                \(file):2:8: error[R003]: not UTF-8 text from here on
                    2 |   # Grü\u{FFFD}e
                      |        ^
                help: save the file as UTF-8

                1 error

                """)
    }

    @Test("A byte order mark is skipped, and counts as no column")
    func byteOrderMark() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("chat.yaml", [0xEF, 0xBB, 0xBF] + Array("lisen: 127.0.0.1:8080\n".utf8))
        #expect(refusal(file)?.diagnostics.map(\.column) == [1])
    }

    @Test("Nor where the file is not UTF-8")
    func byteOrderMarkBeforeOtherBytes() throws {
        let folder = try TemporaryFolder()
        let fault = try #require(refusal(folder.write("chat.yaml", [0xEF, 0xBB, 0xBF, 0x61, 0xFF]))?.diagnostics.first)
        #expect(fault.code == .notUTF8 && fault.column == 2 && fault.sourceLine == "a\u{FFFD}")
    }

    @Test("A file of 1 MiB is read, one byte more is refused")
    func size() throws {
        let folder = try TemporaryFolder()
        let start = Array("listen: 127.0.0.1:8080\n#".utf8)
        let full = start + Array(repeating: UInt8(ascii: "x"), count: (1 << 20) - start.count)
        #expect(try refusal(folder.write("full.yaml", full)) == nil)
        let over = try #require(refusal(folder.write("over.yaml", full + [UInt8(ascii: "x")])))
        #expect(over.diagnostics.map(\.code) == [.tooLarge])
        #expect(!over.unreadable)
    }

    @Test("A device is refused", .enabled(if: FileManager.default.fileExists(atPath: "/dev/zero")))
    func endless() {
        #expect(refusal("/dev/zero")?.diagnostics.map(\.message) == ["cannot read /dev/zero: it is a device"])
    }

    @Test("A pipe is refused, and nobody waited for who writes to it", .timeLimit(.minutes(1)))
    func pipe() throws {
        let folder = try TemporaryFolder()
        let pipe = try folder.write("pipe", [])
        #expect(unlink(pipe) == 0 && mkfifo(pipe, 0o600) == 0)
        let failure = try #require(refusal(Repository.path("config/chat.yaml"), plugins: pipe))
        #expect(failure.unreadable)
        #expect(failure.diagnostics.map(\.message) == ["cannot read \(pipe): it is a pipe"])
    }

    @Test("A NUL is no part of YAML")
    func embeddedNul() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("chat.yaml", Array("log:\n  level: in\0fo\n".utf8))
        let fault = try #require(refusal(file)?.diagnostics.first)
        #expect(fault.code == .syntax && fault.line == 2 && fault.column == 12)
    }

    @Test(
        "The lines of a file are counted as libyaml does, whatever ends them",
        arguments: ["\n", "\r\n", "\r", "\u{85}", "\u{2028}"])
    func lineEnds(_ end: String) throws {
        let folder = try TemporaryFolder()
        let text = ["listen: 127.0.0.1:8080", "log:", "  levle: info", ""].joined(separator: end)
        let fault = try #require(refusal(folder.write("chat.yaml", text.utf8))?.diagnostics.first)
        #expect(fault.line == 3 && fault.column == 3 && fault.sourceLine == "  levle: info")
    }
}
