import HandlerKit

/// What a new handler is called, wherever it has to be named.
struct HandlerNames {
    /// In plugins.yaml: `slow-mode`.
    let name: String
    /// The Swift type and its file: `SlowMode`.
    let swiftType: String
    /// What clients send: `slow_mode`.
    let messageType: String

    /// Longest name and longest message type, in characters.
    private static let longest = 20

    /// - Parameter handlers: those there are.
    /// - Throws: when one of the names can't be used, and why.
    init(_ name: String, type: String?, among handlers: [any Handler.Type]) throws(CommandFault) {
        guard Self.isName(name) else {
            throw CommandFault(
                "\"\(name)\" is no name for a handler", help: "lower-case words with hyphens: dice, slow-mode")
        }
        let swiftType = name.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
        guard !ReservedNames.words.contains(name), !ReservedNames.types.contains(swiftType) else {
            throw CommandFault(
                "a handler \"\(name)\" would be the type \(swiftType), and that name means something else already",
                help: "take two words, such as my-\(name)")
        }
        if handlers.contains(where: { $0.name == name || "\($0)" == swiftType }) {
            throw CommandFault("there is a handler \"\(name)\" already")
        }
        self.name = name
        self.swiftType = swiftType
        messageType = try Self.checked(type ?? name.replacing("-", with: "_"), among: handlers)
    }

    private static func checked(_ type: String, among handlers: [any Handler.Type]) throws(CommandFault) -> String {
        guard type.count <= longest, type.wholeMatch(of: /[a-z][a-z0-9_]*/) != nil else {
            throw CommandFault(
                "\"\(type)\" is no message type", help: "lower-case words with underscores: dice, roll_dice")
        }
        let others = handlers.filter { $0.types.finishes && $0.types.names?.contains(type) == true }
        if let other = others.first {
            throw CommandFault(
                "messages of type \"\(type)\" are answered by \(other.name) already", help: "choose another --type")
        }
        return type
    }

    private static func isName(_ name: String) -> Bool {
        name.count <= longest && name.wholeMatch(of: /[a-z][a-z0-9]*(-[a-z][a-z0-9]*)*/) != nil
    }
}

/// Names that a handler's Swift type can't have or had better not.
enum ReservedNames {
    /// Swift's keywords: a name such as `switch` invites trouble wherever code says it in lower case.
    static let words: Set = [
        "any", "as", "associatedtype", "async", "await", "break", "case", "catch", "class", "continue", "default",
        "defer", "deinit", "do", "else", "enum", "extension", "fallthrough", "false", "fileprivate", "for", "func",
        "guard", "if", "import", "in", "init", "inout", "internal", "is", "let", "nil", "open", "operator", "private",
        "precedencegroup", "protocol", "public", "repeat", "rethrows", "return", "self", "some", "static", "struct",
        "subscript", "super", "switch", "throw", "throws", "true", "try", "type", "typealias", "var", "where", "while",
    ]

    /// What a package and its tests import, or could, in lower case.
    static let modules: Set = [
        "argumentparser", "dispatch", "foundation", "glibc", "logging", "main", "niocore", "routerkit", "swift",
        "testing", "xctest",
    ]

    /// What a handler's file needs under these names: a handler called `message` would hide `Message` from itself.
    static let types: Set = [
        "Array", "AsyncHandler", "Bool", "ByteCount", "Context", "Dictionary", "Double", "Duration", "ErrorCode",
        "Field", "Flow", "Frame", "Handler", "Int", "Message", "MessageForm", "MessageTypes", "Never", "Optional",
        "PerSession", "Post", "Rejection", "Result", "Rooms", "Set", "Setting", "String", "Suite", "Task", "Test",
        "Testing", "Time", "User", "Users", "Void", "Work",
    ]
}
