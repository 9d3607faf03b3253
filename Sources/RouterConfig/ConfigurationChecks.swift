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

    var diagnostics: [Diagnostic] {
        texts(in: ["allowed_origins"]).flatMap(faults(ofOrigin:)) + everybodyExempt + messagesAndFrames
            + messagesAndOutbox + graceAndResume
    }

    /// The entries of a list, each with its place.
    private func texts(in path: [String]) -> [(text: String, span: Span)] {
        guard refused.isDisjoint(with: path) else { return [] }
        return (member(path)?.value.items ?? []).compactMap { item in
            if case .scalar(let text, _) = item.content { (text, item.span) } else { nil }
        }
    }

    private func faults(ofOrigin origin: (text: String, span: Span)) -> [Diagnostic] {
        let fault = origin.text.lowercased() == "null" ? openNull(origin.span) : unsent(origin.text, origin.span)
        return fault.map { [$0] } ?? []
    }

    /// A page opened from a file may connect only where nobody else can bring one (P51).
    private func openNull(_ span: Span) -> Diagnostic? {
        let listen = configuration.listen
        guard !listen.isLoopback, !refused.contains("listen") else { return nil }
        return file.diagnostic(
            .nullOriginBeyondLoopback, at: span,
            "\"null\" lets in any page opened from a file, and \(listen) can be reached from elsewhere",
            help: "listen on 127.0.0.1, or remove \"null\"")
    }

    /// A browser sends scheme, host and port (RFC 6454, section 6.2), never a path, and no pattern matches one.
    private func unsent(_ text: String, _ span: Span) -> Diagnostic? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let hasScheme = parts.count >= 3 && parts[0].hasSuffix(":") && parts[0].count > 1 && parts[1].isEmpty
        let isPlain = text.unicodeScalars.allSatisfy {
            $0.isASCII && $0.value > 0x20 && !"*?#@".unicodeScalars.contains($0)
        }
        if hasScheme, isPlain, parts.count == 3, isHost(parts[2]) { return nil }
        let shape = "an origin is a scheme, a host and, where it is not the usual one, a port: https://chat.example.com"
        let meant =
            hasScheme && isPlain && isHost(parts[2]) ? "did you mean \(parts[..<3].joined(separator: "/"))?" : shape
        let ofFile = text.lowercased().hasPrefix("file:") ? "a page opened from a file sends \"null\"" : meant
        let help = text.contains("*") ? "list every origin by itself, such as https://chat.example.com" : ofFile
        return file.diagnostic(.notAnOrigin, at: span, "\(quoted(text)) is no origin that a browser sends", help: help)
    }

    /// `chat.example`, `[::1]:8080`
    private func isHost(_ text: Substring) -> Bool {
        guard let address = ListenAddress(String(text)) ?? ListenAddress("\(text):0") else { return false }
        let isName = !address.host.contains { ":[]".contains($0) }
        return isName || IPAddress(address.host) != nil
    }

    /// Limits of one address that hold for no address.
    private var everybodyExempt: [Diagnostic] {
        texts(in: ["limits", "exempt_addresses"]).compactMap { text, span in
            guard AddressRange(text)?.holdsAll == true else { return nil }
            return file.diagnostic(
                .contradictingLimits, at: span,
                "\(text) is every \(text.contains(":") ? "" : "IPv4 ")address: the limits of one address hold for none",
                help: "list only those that many clients share, such as that of a proxy in front", severity: .warning)
        }
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

    /// Nobody is waited for who can't come back.
    private var graceAndResume: [Diagnostic] {
        let timeouts = configuration.timeouts
        guard timeouts.grace > timeouts.resume else { return [] }
        return contradiction(
            "grace (\(timeouts.$grace.text)) is longer than resume (\(timeouts.$resume.text)), after which a client can't "
                + "come back and the others see its leave", in: "timeouts", between: "grace", "resume")
    }

    private func contradiction(
        _ message: String, in section: String = "limits", between first: String, _ second: String
    ) -> [Diagnostic] {
        guard refused.isDisjoint(with: [first, second]) else { return [] }
        let span = (member([section, first]) ?? member([section, second]))?.valueSpan
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
