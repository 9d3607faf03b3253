import HandlerKit
import RouterCore
import RouterServer

/// What is wrong between settings that are each right by themselves.
struct ConfigurationChecks {
    let file: SourceFile
    let root: Node
    let configuration: Configuration
    /// Settings that kept their defaults because what was given was refused.
    let refused: Set<String>

    var diagnostics: [Diagnostic] { nullOrigin + messagesAndFrames + messagesAndOutbox }

    /// A page opened from a file may connect only where nobody else can bring one (P51).
    private var nullOrigin: [Diagnostic] {
        let listen = configuration.listen
        guard !listen.isLoopback, configuration.allowedOrigins.contains("null") else { return [] }
        let origins = member(["allowed_origins"])
        let span = origins?.value.items?.first { $0.input == .scalar("null", quoted: true) }?.span ?? origins?.valueSpan
        return [
            file.diagnostic(
                .nullOriginBeyondLoopback, at: span,
                "\"null\" lets in any page opened from a file, and \(listen) can be reached from elsewhere",
                help: "listen on 127.0.0.1, or remove \"null\"")
        ]
    }

    private var messagesAndFrames: [Diagnostic] {
        let limits = configuration.limits
        guard limits.maxMessageBytes > limits.maxFrameBytes else { return [] }
        return contradiction(
            "a message of max_message_bytes (\(limits.$maxMessageBytes.text)) is more than max_frame_bytes "
                + "(\(limits.$maxFrameBytes.text)), at which the connection is closed",
            between: "max_message_bytes", "max_frame_bytes")
    }

    private var messagesAndOutbox: [Diagnostic] {
        let limits = configuration.limits
        guard limits.maxMessageBytes > limits.maxOutboxBytes else { return [] }
        return contradiction(
            "a message of max_message_bytes (\(limits.$maxMessageBytes.text)) could not be sent on: "
                + "max_outbox_bytes is \(limits.$maxOutboxBytes.text)",
            between: "max_message_bytes", "max_outbox_bytes")
    }

    private func contradiction(_ message: String, between first: String, _ second: String) -> [Diagnostic] {
        guard refused.isDisjoint(with: [first, second]) else { return [] }
        let span = (member(["limits", first]) ?? member(["limits", second]))?.valueSpan
        return [file.diagnostic(.contradictingLimits, at: span, message, help: "lower \(first) or raise \(second)")]
    }

    private func member(_ path: [String]) -> Node.Member? {
        var members = root.members
        var found: Node.Member?
        for key in path {
            found = members?.first { $0.key == key }
            members = found?.value.members
        }
        return found
    }
}
