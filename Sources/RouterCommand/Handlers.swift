import ArgumentParser
import HandlerKit
import RouterConfig

/// `router handlers`: which handlers there are, and what each can be told.
struct Handlers: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the handlers, or explain one with its settings.",
        discussion: """
            With --markdown it writes a page for each into a folder, and README.md, which links to them.
            When a change of a setting applies is said for a router that reads its files again; this one does so only \
            when it is started.
            Exit codes: 0, and 1 when no handler has this name or the pages can't be written.
            """)

    @Argument(help: "The handler to explain; without it all are listed.")
    var name: String?

    @Flag(help: "Print JSON, for programs.")
    var json = false

    @Option(help: ArgumentHelp("Write a reference page in Markdown for each, into this folder.", valueName: "dir"))
    var markdown: String?

    func validate() throws {
        if markdown != nil, json || name != nil { throw ValidationError("--markdown writes the pages of all handlers") }
    }

    func run() throws {
        let list = HandlerList(RouterCommand.handlers)
        if let markdown { return try write(list.pages, into: markdown) }
        guard let name else { return StandardStream.output.write(json ? list.indentedJSON : list.text) }
        do throws(UnknownHandler) {
            let reference = try list.reference(name)
            StandardStream.output.write(json ? reference.indentedJSON : reference.text)
        } catch {
            StandardStream.error.write("router: \(error)\n")
            throw ExitCode.failure
        }
    }

    private func write(_ pages: [(file: String, text: String)], into folder: String) throws {
        do throws(CommandFault) {
            try NewFiles(pages.map { NewFile($0.file, "a page", $0.text) }, in: folder).write(replacing: true)
        } catch {
            StandardStream.error.write("router: \(error)\n")
            throw ExitCode.failure
        }
    }
}
