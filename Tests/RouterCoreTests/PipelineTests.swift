import HandlerKit
import NIOCore
@testable import RouterCore
import TestSupport
import Testing

@Suite("Routes are worked out from the plan")
struct PipelineTests {
    private func routes(_ entries: [PipelinePlan.Entry]) -> [String: [Int]] {
        let pipeline = Pipeline(PipelinePlan(entries))
        return pipeline.types.reduce(into: [:]) { routes, type in
            routes[type] = Array(type.utf8).withUnsafeBytes { pipeline.routes.find($0) }.map { pipeline.routes[$0] }
        }
    }

    @Test("a type passes, top to bottom, every handler that looks at it")
    func order() {
        #expect(
            routes([.init(Count.self), .init(First.self), .init(Post.self), .init(Second.self), .init(Fail.self)])
                == ["count": [0, 1], "post": [1, 2, 3], "fail": [1, 3, 4]])
    }

    @Test("a type that is only looked at has no route")
    func nobodyAnswers() {
        #expect(routes([.init(First.self), .init(Second.self)]) == [:])
        #expect(routes([.init(First.self), .init(Second.self), .init(Fail.self)]) == ["fail": [0, 1, 2]])
    }

    @Test("an entry narrowed to some types takes part in these only")
    func narrowed() {
        #expect(
            routes([
                .init(First.self, types: ["count"]), .init(Second.self, types: ["fail"]), .init(Post.self),
                .init(Count.self),
            ])
                == ["post": [2], "count": [0, 3]])
    }

    @Test("a handler that answers two types, narrowed to one of them, leaves the other unknown")
    func narrowedAnswer() {
        #expect(routes([.init(Both.self, types: ["left"])]) == ["left": [0]])
    }

    @Test("a type that a handler was narrowed to, but never takes, has no route")
    func narrowedToNothing() {
        #expect(routes([.init(First.self), .init(Post.self, types: ["other"])]) == [:])
    }

    @Test("types are told sorted, limits in the order of the handlers")
    func told() {
        let pipeline = Pipeline(
            PipelinePlan([.init(Second.self), .init(Post.self), .init(First.self), .init(Both.self)]))
        let types = pipeline.types
        #expect(types == ["left", "post", "right"])
        var writer = JSONWriter(into: .init())
        pipeline.announcedLimits.write(to: &writer)
        #expect(String(buffer: writer.buffer) == #"{"second":2,"first":1}"#)
        let mirror = Pipeline(PipelinePlan([.init(Mirror.self)]))
        let takesFrames = [pipeline.takesFrames, mirror.takesFrames]
        #expect(takesFrames == [false, true])
    }

    @Test("every handler gets the settings of its own entry")
    func settings() {
        let narrow = PipelinePlan.Entry(Sized.self, settings: [.init(key: "size", value: .scalar("3", quoted: false))])
        let pipeline = Pipeline(PipelinePlan([narrow, .init(Sized.self)]))
        let sizes = pipeline.handlers.compactMap { ($0 as? Sized)?.size }
        #expect(sizes == [3, 20])
    }

    @Test("a message meets the handlers in order, also when its type is written with escapes")
    func wayOfAMessage() throws {
        let router = TestRouter([First.self, Second.self, Post.self])
        let sender = router.join()
        for type in ["post", #"p\u006fst"#, #"\u0070\u006F\u0073\u0074"#] {
            let said = try router.ask(#"{"type":"\#(type)","content":"x"}"#, from: sender)
            #expect(said.map { $0.content["by"] as? String } == ["first", "second"])
        }
        let unknown = try router.ask(#"{"type":"p\u006fs\u0000t"}"#, from: sender)
        #expect(unknown.map(\.code) == ["unknown_type"])
    }

    @Test("a message that is handled goes no further")
    func handledEndsHere() throws {
        let router = TestRouter([Post.self, First.self])
        let sender = router.join()
        #expect(try router.ask(#"{"type":"post","content":"x"}"#, from: sender).isEmpty)
    }
}

private struct Both: Handler {
    static let name = "both"
    static let summary = ""
    static let types: MessageTypes = ["right", "left"]
}

private struct Sized: Handler {
    static let name = "sized"
    static let summary = ""
    static let types: MessageTypes = ["size"]
    @Setting("How large.", in: 1...100) var size = 20
}
