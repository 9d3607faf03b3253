import Handlers
import JSONWire
import NIOConcurrencyHelpers
import NIOCore
import RouterConfig
import RouterCore

/// A configuration file, or one of plugins: it is loaded, and then a pipeline can be made of it, or refused with faults that
/// each stand at a place that there is.
enum ConfigurationFuzz {
    static func runAsConfiguration(_ bytes: [UInt8]) throws {
        try load(configuration: bytes, plugins: Array("pipeline: [lobby, broadcast]\n".utf8)) {
            PlaceCheck(file: $0.configuration.path, bytes)
        }
    }

    static func runAsPlugins(_ bytes: [UInt8]) throws {
        try load(configuration: Array("listen: 127.0.0.1:0\n".utf8), plugins: bytes) {
            PlaceCheck(file: $0.plugins.path, bytes)
        }
    }

    /// The two files, for all inputs: to make new ones would cost more than to read them.
    private static let files = NIOLockedValueBox<FuzzedFiles?>(nil)

    private static func load(
        configuration: [UInt8], plugins: [UInt8], subject: (FuzzedFiles) -> PlaceCheck
    ) throws {
        try files.withLockedValue { shared in
            let files = try shared ?? FuzzedFiles()
            shared = files
            try files.configuration.replace(with: configuration)
            try files.plugins.replace(with: plugins)
            let subject = subject(files)
            switch files.load() {
            case .success(let loaded):
                _ = Pipeline(loaded.plan)
                try subject.check(loaded.warnings)
                try check(CheckReport(loaded))
            case .failure(let failure):
                try require(!failure.diagnostics.isEmpty && !failure.unreadable, "refused without a reason")
                try subject.check(failure.diagnostics)
                try check(CheckReport(failure))
            }
        }
    }

    private static func check(_ report: CheckReport) throws {
        var object = JSONObject()
        let limits = JSONLimits(maxBytes: 64 << 20, maxDepth: 8, maxMembers: .max)
        do { try object.read(JSONRaw(encoding: report).text, limits: limits) } catch {
            throw BrokenRule("the report for programs is no JSON: \(error)")
        }
    }
}

private struct FuzzedFiles: Sendable {
    let configuration: UnnamedFile
    let plugins: UnnamedFile

    init() throws { (configuration, plugins) = (try UnnamedFile(), try UnnamedFile()) }

    func load() -> Result<LoadedConfiguration, ConfigurationFailure> {
        Result { () throws(ConfigurationFailure) in
            try ConfigurationFile.load(configuration.path, handlers: bundledHandlers, plugins: plugins.path)
        }
    }
}

/// Whether faults stand in the text that they are told of.
private struct PlaceCheck {
    private let file: String
    private let lines: [String]

    init(file: String, _ bytes: [UInt8]) {
        self.file = file
        var text = String(decoding: bytes, as: UTF8.self).unicodeScalars[...]
        if text.first == "\u{FEFF}" { text.removeFirst() }
        // The line breaks of YAML 1.1, of which CR LF is one.
        lines = String(text).split(omittingEmptySubsequences: false) {
            ["\n", "\r", "\r\n", "\u{85}", "\u{2028}", "\u{2029}"].contains($0)
        }.map(String.init)
    }

    func check(_ faults: [Diagnostic]) throws {
        for fault in faults {
            try require(fault.file == file, "a fault in another file: \(fault)")
            if fault.line > 0 { try checkPlace(fault) } else { try checkWhole(fault) }
        }
        try require(faults.report.utf8.count < 100_000, "a report of \(faults.report.utf8.count) bytes")
    }

    private func checkWhole(_ fault: Diagnostic) throws {
        try require([.tooLarge, .empty].contains(fault.code), "a fault without a place: \(fault)")
    }

    private func checkPlace(_ fault: Diagnostic) throws {
        try require(fault.line <= lines.count, "a fault in line \(fault.line) of \(lines.count): \(fault)")
        let line = lines[fault.line - 1]
        try require(
            fault.sourceLine.map { $0.utf8.elementsEqual(line.utf8) } == true, "another line is shown: \(fault)")
        let end = line.unicodeScalars.count + 1
        try require((1...end).contains(fault.column), "a fault in column \(fault.column) of \(end): \(fault)")
        try require(
            fault.length >= 1 && fault.column + fault.length <= end + 1, "a fault of length \(fault.length): \(fault)")
    }
}
