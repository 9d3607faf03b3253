import HandlerTesting
import Handlers
import Testing

@Suite("Conformance")
struct ConformanceTests {
    /// A handler, and what the check has to say of it.
    struct Planted: Sendable, CustomTestStringConvertible {
        let handler: any Handler.Type
        var settings: [String: String] = [:]
        let says: [String]
        var testDescription: String { handler.name + settings.values.joined() }
    }

    static let planted = [
        Planted(handler: Hoarder.self, says: ["timesByUser holds ", "something is kept for each"]),
        Planted(handler: SlowHoarder.self, says: ["answers holds "]),
        Planted(
            handler: ByPlace.self, says: ["who has the place and the name of one who left, is not served like others"]),
        Planted(handler: ByName.self, says: ["who has the place and the name of one who left", #""is_back":true"#]),
        Planted(handler: Parrot.self, says: ["who comes after others, in a router that others have used"]),
        Planted(handler: Brittle.self, says: ["no Rejection", "brittle failed: TooLong()", #"{"type":"note""#]),
        Planted(handler: Gossip.self, says: ["secret is declared for the sender, and somebody else gets it"]),
        Planted(handler: Leak.self, says: ["moved is declared for the others in the room, and somebody else gets it"]),
        Planted(handler: Megaphone.self, says: ["whisper is declared for another user, and 3 users get it"]),
        Planted(
            handler: Wiretap.self, says: ["a private_message comes to somebody whom no receipt of its sender names"]),
        Planted(
            handler: Wiretap.self, settings: ["shows": "receipt"],
            says: ["a private_message_sent comes to somebody else than who sent the message"]),
        Planted(handler: Chatterer.self, says: ["sends a frame of type comment, which it does not declare"]),
        Planted(handler: Vague.self, says: ["it does not say in sends to whom it sends told"]),
        Planted(handler: Shuffler.self, says: ["a post comes after that of a message which was sent later"]),
        Planted(handler: Liar.self, says: ["a frame of type told, which it does not declare"]),
        Planted(handler: Liar.self, settings: ["lie": "kind"], says: ["noted has another kind of times than declared"]),
        Planted(handler: Liar.self, settings: ["lie": "missing"], says: ["noted has no times"]),
        Planted(
            handler: Liar.self, settings: ["lie": "more"],
            says: ["noted has less in its content, which is not declared"]),
        Planted(handler: Liar.self, settings: ["lie": "twice"], says: ["a frame of type noted has content twice"]),
        Planted(handler: Liar.self, settings: ["lie": "ref"], says: ["a ref is answered 2 times"]),
        Planted(
            handler: Misdeclared.self,
            says: [
                "its name is not lower-case words", "its summary is not a line", "2 settings of the name max_length",
                "its setting types is hidden", "the help of max_length", "word refuses its own default, a b",
                "loose wants a whole number, and takes no-such value",
            ]),
        Planted(handler: FrameBreaker.self, says: ["frame-breaker failed: Odd()"]),
        Planted(handler: BadFilter.self, says: ["bad-filter failed: Odd()"]),
    ]

    @Test("a planted fault is found, and said so that one understands it", arguments: planted)
    func isFound(planted: Planted) {
        let failure = #expect(throws: ConformanceFailure.self) {
            try checkConformance(
                of: planted.handler, settings: planted.settings, ConformanceEffort(messages: 1_000, users: 2_000))
        }
        let text = failure?.description ?? ""
        #expect(text.hasPrefix("\(planted.handler.name) does not conform, as seed 1 shows:\n- "))
        for part in planted.says { #expect(text.contains(part), "\(text)") }
    }

    @Test("whoever keeps something for everyone may say so")
    func shared() throws { try checkConformance(of: Parrot.self, sharesState: true) }

    @Test("handlers of authors conform", arguments: [Dice.self, Oracle.self] as [any Handler.Type])
    func conforms(handler: any Handler.Type) throws { try checkConformance(of: handler, seed: 7) }

    @Test("what is planted in a handler is all that is wrong with it")
    func isAll() throws {
        try checkConformance(of: Liar.self, settings: ["lie": "none"], seed: 7)
        try checkConformance(of: Wiretap.self, settings: ["shows": "nothing"], seed: 7)
        try checkConformance(of: Whisper.self, sharesState: true, seed: 7)
    }

    @Test("… also in what is checked among others")
    func among() {
        let failure = #expect(throws: ConformanceFailure.self) {
            try checkConformance(
                of: Chatterer.self, among: [Chatterer.self, Broadcast.self],
                ConformanceEffort(messages: 200, users: 80))
        }
        #expect(failure?.description.contains("a frame of type comment, which it does not declare") == true)
    }

    @Test("every handler that comes with the router conforms", arguments: bundledHandlers.indices)
    func bundled(place: Int) throws {
        let handler = bundledHandlers[place]
        try checkConformance(of: handler, among: needed(by: handler))
    }

    @Test("… and all of them do in one pipeline", arguments: shipped.indices)
    func together(place: Int) throws {
        try checkConformance(
            of: Self.shipped[place], among: Self.shipped, seed: 3, ConformanceEffort(messages: 1_000, users: 800))
    }

    private static let shipped = bundledHandlers.filter { !$0.types.takesFrames }

    /// The handlers that a handler needs above it, and theirs.
    private func needed(by handler: any Handler.Type) -> [any Handler.Type] {
        handler.needs.flatMap { name in
            bundledHandlers.filter { $0.name == name }.flatMap { needed(by: $0) + [$0] }
        }
    }
}
