import ArgumentParser
import HandlerKit

/// `router new-handler`: the files that a handler starts with, ready to be built and tested.
struct NewHandler: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write a new handler with its test, in this repository or as a package of its own.",
        discussion: """
            In the router's repository it writes the handler, its test and a conversation, and says which two lines \
            to add. With --package it writes a package of its own, whose router has the bundled handlers and this one:
              \(programName) new-handler dice
              \(programName) new-handler dice --package ../dice-router
            What it wrote builds and passes its tests as it is; each part says in a comment what to change there. \
            Nothing is ever overwritten.
            Exit codes: 0, 1 when the handler can't be written (the name is taken, a file is there already), 64 for \
            wrong arguments.
            """)

    @Argument(help: "The handler's name in plugins.yaml: lower-case words with hyphens, such as dice or slow-mode.")
    var name: String

    @Option(help: ArgumentHelp("The message type that it answers (default: the name).", valueName: "type"))
    var type: String?

    @Option(help: ArgumentHelp("Write a package of its own into this folder.", valueName: "dir"))
    var package: String?

    @Option(
        help: ArgumentHelp(
            "The router that the package builds on: a folder, or the address of a git repository (default: the "
                + "repository this is run in).", valueName: "path-or-url"))
    var router: String?

    func run() throws {
        do throws(CommandFault) {
            let handler = try HandlerNames(name, type: type, among: RouterCommand.handlers)
            let said =
                if let package { try writePackage(of: handler, in: package) } else { try addToRepository(handler) }
            StandardStream.output.write(said)
        } catch {
            StandardStream.error.write("router: \(error)\n")
            throw ExitCode.failure
        }
    }

    /// - Returns: what to do next.
    private func addToRepository(_ handler: HandlerNames) throws(CommandFault) -> String {
        guard router == nil else { throw CommandFault("--router goes with --package") }
        guard let repository = RouterRepository.around() else {
            throw CommandFault(
                "this folder is not in the router's repository",
                help: "--package DIR writes a package of its own, such as --package ../\(handler.name)-router")
        }
        let places = try repository.places(for: handler)
        let files = HandlerTemplates(handler: handler).repositoryFiles
        try NewFiles(files, in: repository.folder).write()
        return NewHandlerReport.inRepository(handler, files, places)
    }

    /// - Returns: what to do next.
    private func writePackage(of handler: HandlerNames, in folder: String) throws(CommandFault) -> String {
        let dependency = try RouterDependency(router, from: folder)
        let package = try PackageNames(folder: folder, dependency: dependency)
        let files = HandlerTemplates(handler: handler).files(of: package)
        try NewFiles(files, in: package.folder).write()
        return NewHandlerReport.package(package, handler, files)
    }
}
