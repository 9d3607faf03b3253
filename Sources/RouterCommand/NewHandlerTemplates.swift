/// The texts of a new handler's files.
struct HandlerTemplates {
    let handler: HandlerNames
    private var name: String { handler.name }
    private var swiftType: String { handler.swiftType }
    private var type: String { handler.messageType }

    /// - Parameter isPublic: whether it is for the target `Handlers`, from which other targets import it.
    func source(isPublic: Bool) -> String {
        let access = isPublic ? "public " : ""
        return """
            import HandlerKit

            /// Takes `{"type":"\(type)","text":"hi"}` and passes the text on to the others in the room.
            \(access)struct \(swiftType): Handler {
                \(access)static let name = "\(name)"  // in plugins.yaml
                \(access)static let summary = "Passes a short text on to the others in the room."
                // The messages that it answers, with their fields beside `type`.
                \(access)static let types: MessageTypes = [
                    MessageForm("\(type)", "Tells the others.", ["text": .string("1 to max_length characters.")])
                ]
                // The frames that it sends: to whom, and what their content holds.
                \(access)static let sends = [
                    MessageForm("\(type)", to: .room, "Somebody's text.", ["text": .string("As it came.")]),
                    MessageForm("\(type)_sent", to: .sender, "It is sent.", ["listeners": .integer("To how many.")]),
                ]

                @Setting("Longest text, in characters.", in: 1...1_000)
                var maxLength = 100  // max_length in plugins.yaml
            \(isPublic ? "\n    public init() {}\n" : "")
                \(access)func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
                    // Whoever sends something wrong is told so by an error, and nothing else happens.
                    guard let text = try message.string("text"), (1...maxLength).contains(text.count) else {
                        throw Rejection(.invalidMessage, "A text has 1 to \\(maxLength) characters")
                    }
                    let room = try context.room(of: message)
                    context.announce("\(type)", ["text": text], in: room)
                    context.reply("\(type)_sent", ["listeners": (context.rooms.members(of: room) ?? 1) - 1])
                    return .handled  // it ends here; `.pass` would hand it to the next handler
                }
            }

            """
    }

    /// - Parameter script: the file of the conversation, from the test's folder.
    func test(importing imports: String, script: String) -> String {
        let call = "try converse(with: [\(swiftType).self], file: \"\(script)\")"
        let isShort = call.count < 86  // then it stands on its function's line, which has 120 columns
        let body = isShort ? "{ \(call) }" : "{\n        \(call)\n    }"
        return """
            import HandlerTesting
            \(imports)
            struct \(swiftType)Tests {
                @Test("\(type): clients send and get what \(name).chat says")
                func conversation() throws \(body)

                @Test("\(type): what holds for every handler holds for this one")
                func conformance() throws { try checkConformance(of: \(swiftType).self) }
            }

            """
    }

    /// - Parameter header: further lines of the script's header.
    func conversation(header: [String]) -> String {
        """
        # What clients send to \(name), and what they get. Clients may have any name; the first to join is User1.
        \((header + ["plugins: \(name).max_length = 5"]).joined(separator: "\n"))

        ada and bob join
        ada sends {"type":"\(type)","text":"hello","ref":1}
        ada gets {"type":"\(type)_sent","content":{"listeners":1},"timestamp":NOW}
        ada gets {"type":"ack","ref":1,"content":{},"timestamp":NOW}
        bob gets {"type":"\(type)","from_id":1,"from_name":"User1","content":{"text":"hello"},"timestamp":NOW}

        # What is wrong is refused, and nobody else hears of it.
        ada sends {"type":"\(type)","text":"too long"}
        ada gets {"type":"error","content":{"message":"A text has 1 to 5 characters","code":"invalid_message"},"timestamp":NOW}
        ada sends {"type":"\(type)","text":5}
        ada gets {"type":"error","content":{"message":"Invalid message format","code":"invalid_message"},"timestamp":NOW}
        bob gets nothing

        """
    }
}

/// The texts of the other files of a package.
struct PackageTemplates {
    let package: PackageNames
    let handler: HandlerNames

    var manifest: String {
        let (name, router) = (package.name, package.dependency.package)
        return """
            // swift-tools-version: 6.2
            import PackageDescription

            let package = Package(
                name: "\(name)",
                platforms: [.macOS(.v26)],
                dependencies: [
                    \(package.dependency.declaration)
                ],
                targets: [
                    .executableTarget(
                        name: "\(name)",
                        dependencies: [.product(name: "RouterKit", package: "\(router)")]),
                    .testTarget(
                        name: "\(name)Tests",
                        dependencies: ["\(name)", .product(name: "HandlerTesting", package: "\(router)")],
                        exclude: ["\(handler.name).chat"]),
                ]
            )

            """
    }

    var main: String {
        """
        import Handlers
        import RouterCommand

        await RouterCommand.main(handlers: bundledHandlers + [\(handler.swiftType).self])

        """
    }

    var configuration: String {
        """
        # The server. What is not set here has its default: `swift run \(package.name) schema config` has all there is.
        listen: 127.0.0.1:8080
        plugins: plugins.yaml

        journal:
          path: data  # the folder that posts are kept in

        """
    }

    var pipeline: String {
        """
        # What this router does with a message: the handlers it passes through, from top to bottom.
        # `swift run \(package.name) handlers` lists all there are, and `handlers \(handler.name)` explains one.
        pipeline:
          - rate-limit
          - lobby
          - rename
          - private
          - broadcast
        \(handler.entry)

        """
    }
}

extension HandlerNames {
    /// Its line in plugins.yaml.
    var entry: String { "  - \(name): {max_length: 100}" }
}

/// Which files there are, and where.
extension HandlerTemplates {
    var repositoryFiles: [NewFile] {
        let test = test(
            importing: "import Handlers\nimport Testing\n",
            script: "../Conversations/\(name).chat")
        let script = conversation(header: ["rules: P17 P30"])
        return [
            NewFile("Sources/Handlers/\(swiftType).swift", "the handler", source(isPublic: true)),
            NewFile("Tests/HandlersTests/\(swiftType)Tests.swift", "its test", test),
            NewFile("Tests/Conversations/\(name).chat", "what its test says and expects", script),
        ]
    }

    func files(of package: PackageNames) -> [NewFile] {
        let others = PackageTemplates(package: package, handler: handler)
        let tests = "Tests/\(package.name)Tests"
        let test = test(
            importing: "import Testing\n\n@testable import \(package.module)\n",
            script: "\(name).chat")
        return [
            NewFile("Sources/\(package.name)/\(swiftType).swift", "the handler", source(isPublic: false)),
            NewFile("\(tests)/\(swiftType)Tests.swift", "its test", test),
            NewFile("\(tests)/\(name).chat", "what its test says and expects", conversation(header: [])),
            NewFile("Sources/\(package.name)/main.swift", "the router: all its handlers and this one", others.main),
            NewFile("Package.swift", "what it builds on", others.manifest),
            NewFile("chat.yaml", "the server", others.configuration),
            NewFile("plugins.yaml", "the handlers that it passes messages through", others.pipeline),
            NewFile(".gitignore", "builds and posts stay out of git", ".build/\n/data/\n"),
        ]
    }
}
