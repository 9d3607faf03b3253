/// Why a command does not do what it was asked for.
struct CommandFault: Error, CustomStringConvertible {
    let problem: String
    let help: String?

    init(_ problem: String, help: String? = nil) {
        self.problem = problem
        self.help = help
    }

    var description: String { problem + (help.map { "\nhelp: \($0)" } ?? "") }
}
