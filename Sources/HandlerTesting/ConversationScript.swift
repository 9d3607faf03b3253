/// A conversation between several clients and a server, written as a script that reads like one.
///
/// A script is a file of UTF-8 lines. A line that starts with `#` is a comment; an indented line belongs to the line
/// above it. First the header:
///
///     rules: P2 P10 P33                             the rules of the protocol that this script checks
///     server: echo                                  the shipped configuration to start from; `chat` unless said
///     config: limits.max_connections = 2            a setting that differs from the shipped one; may be repeated
///     plugins: without rename                       the pipeline as shipped, but without one handler
///     plugins: rate-limit.burst = 3                 … or with a setting of a handler changed
///     plugins: only broadcast                       … or with nothing else in it; may be repeated
///     transport: socket                             runs over this one only, where the other cannot show the rule
///
/// Then the steps, one a line. Subjects are any names; `bob and cyd get …` is two steps with the same text.
///
///     ada connects                                  … and the server takes it: 101, right answer to the key
///     ada connects to /ws with Origin: null         further options on indented lines: `to PATH`, `using METHOD`,
///                                                   `with NAME: VALUE` (replaces), `and also NAME: VALUE` (adds),
///                                                   `without NAME`
///     ada is refused 403                            answers the `connects` above with a status; `400 or 403`;
///                                                   `with NAME: VALUE` and `with a short text` ask for more
///     ada joins                                     connects, takes welcome, users and history, if there is one; all
///                                                   others take the join. In a pipeline without lobby: whatever anybody
///                                                   is sent because of it is passed over
///     ada leaves                                    closes 1000, is closed 1000; all others take the leave, likewise
///     ada sends {"type":"message","content":"hi"}   a text frame of exactly these bytes
///     ada sends {"type":"resume","token":TOKEN,"after":7}
///                                                   `TOKEN` is the token that she has read last, in a `welcome` or
///                                                   `resumed`; `TOKEN-1` the one before, `TOKEN of bob` his
///     ada sends text …  ·  binary "…"               a text or binary frame; bytes as below
///     ada sends frame 81 "hi"                       a masked frame: its first byte, then the payload
///     ada sends frame 81 unmasked "hi"
///     ada sends bytes 81 "GET /\r\n"                bytes as they are: pairs of hex digits, and quoted text
///     ada pings "x"                                 and `ada gets pong "x"`
///     ada opens                                     a connection on which nothing is sent yet
///     ada closes 1000  ·  ada drops  ·  ada resets  a close frame, the end of the stream, a TCP reset
///     ada falls silent                              from now on neither pings nor closes are answered
///     ada stops reading                             … until she next gets something
///     ada gets {"type":"message",…}                 the next frame, and it matches: see `JSONPattern`
///     ada gets text …  ·  frame 81 "…"  ·  binary "…"  ·  ping  ·  pong "…"  ·  close 1000  ·  close
///     ada gets in any order                         the next frames, one pattern on each indented line
///     ada skips to {"type":"leave",…}               the frames before it are of no concern here
///     ada gets nothing                              nothing is on its way to her either
///     ada is closed 1000                            the next frame is this close, then the connection ends
///     ada is dropped                                the connection ends without a further byte
///     10s pass                                      the clock moves on, second by second; ms, s, m
///     the server stops                              as on SIGTERM
///     at once:                                      the indented steps reach the server within one tick
///     20 times:                                     the indented steps again and again; `${n}` counts from 1
///
/// `${x * 100}` is a hundred times `x`; `${n}`, `${n+1}`, `${12-n}` count. When a script ends, no client may have
/// anything left unread, so a frame too many is never overlooked; and all along the ids of posts rise (`PostOrder`).
public struct Conversation: Sendable {
    /// The name of the file, without its folder.
    public let name: String
    /// The rules named in the header, such as `P16`.
    public let rules: [String]
    /// Which shipped configuration the server starts with: `chat` or `echo`.
    public let server: String
    /// Settings that differ from it, by dotted name, as they would be written in YAML.
    public let settings: [Override]
    /// How the pipeline differs from the shipped one, in this order.
    public let pipeline: [PipelineChange]
    /// The only transport that can show the rule, if there is one.
    public let transport: ConversationTransport?
    let steps: [Step]
    /// Its text, for messages.
    let lines: [Substring]

    /// One setting and its value as YAML text.
    public struct Override: Equatable, Sendable {
        public let name: String
        public let value: String
    }

    public enum PipelineChange: Equatable, Sendable {
        case without(handler: String)
        case only(handlers: [String])
        case setting(handler: String, Override)
    }

    /// Whether it has several clients send within one turn, for which they must be on one I/O loop.
    public var needsOneLoop: Bool {
        steps.contains { step in
            if case .atOnce = step.action { true } else { false }
        }
    }

    /// How many steps say what must come, or that nothing may come.
    public var assertions: Int { steps.map(\.assertions).reduce(0, +) }
}

/// What carries the bytes between clients and server.
public enum ConversationTransport: String, CaseIterable, Sendable {
    case memory, socket
}

/// What went wrong, and in which line of which script.
public struct ConversationFailure: Error, CustomStringConvertible {
    public let script: String
    public let line: Int
    public let message: String
    /// The line itself.
    public var text = ""
    public var description: String { "\(script):\(line): \(message)" + (text.isEmpty ? "" : "\n  at \(text)") }
}

extension Conversation {
    func failure(_ line: Int, _ message: String) -> ConversationFailure {
        let text = lines.indices.contains(line - 1) ? lines[line - 1].drop { $0 == " " } : ""
        return ConversationFailure(script: name, line: line, message: message, text: String(text.prefix(200)))
    }
}

/// One line of a script, understood.
struct Step: Sendable {
    let line: Int
    let action: Action

    enum Action: Sendable {
        case connects(String, ClientRequest, refused: Bool)
        case opens(String)
        case joins(String)
        case leaves(String)
        case sends(String, [UInt8])
        /// A text in which `TOKEN` stands for what the script does not know.
        case sendsTokens(String, String)
        case closes(String, code: Int?, reason: [UInt8])
        case drops(String)
        case resets(String)
        case fallsSilent(String)
        case stopsReading(String)
        case gets(String, FramePattern)
        case getsInAnyOrder(String, [FramePattern])
        case skips(String, to: FramePattern)
        case getsNothing(String)
        case isRefused(String, Refusal)
        case isClosed(String, code: Int)
        case isDropped(String)
        case pass(Duration)
        case serverStops
        case atOnce([Step])
    }

    var assertions: Int {
        switch action {
        case .gets, .getsInAnyOrder, .skips, .getsNothing, .isRefused, .isClosed, .isDropped: 1
        case .atOnce(let steps): steps.map(\.assertions).reduce(0, +)
        default: 0
        }
    }

    /// The client whose connection attempt this step settles, so that `connects` knows what to wait for.
    var refused: String? {
        if case .isRefused(let name, _) = action { name } else { nil }
    }
}

/// The answer that a handshake must get instead of 101.
struct Refusal: Sendable {
    var statuses: [Int]
    var headers: [(name: String, value: String)] = []
    var hasShortText = false
}
