import Foundation
import NIOCore
import NIOEmbedded
import TestSupport
import Testing

@testable import RouterServer

@Suite("When there is no room for another connection")
struct AcceptPauseTests {
    private let recorder = LogRecorder()
    private let eventLoop = EmbeddedEventLoop()
    private let channel: EmbeddedChannel

    init() throws {
        channel = EmbeddedChannel(handler: AcceptPause(log: recorder.log), loop: eventLoop)
    }

    private var isAccepting: Bool? {
        channel.options.last { $0.option is ChannelOptions.Types.AutoReadOption }?.value as? Bool
    }

    private func fail(_ error: Int32) {
        channel.pipeline.fireErrorCaught(IOError(errnoCode: error, reason: "accept"))
    }

    @Test("accepting stops for 100 ms, and then goes on", arguments: [EMFILE, ENFILE, ENOBUFS, ENOMEM])
    func pause(error: Int32) throws {
        fail(error)
        #expect(isAccepting == false)
        eventLoop.advanceTime(by: .milliseconds(99))
        #expect(isAccepting == false)
        eventLoop.advanceTime(by: .milliseconds(1))
        #expect(isAccepting == true)
        _ = try channel.finish()
    }

    @Test("the first connection that is accepted after a warning is told of, once")
    func acceptsAgain() throws {
        let again = { recorder.lines.count { $0.hasPrefix("notice: there is room again") } }
        channel.pipeline.fireChannelRead("a connection")
        #expect(again() == 0)
        for _ in 0..<3 {
            fail(EMFILE)
            for _ in 0..<2 { channel.pipeline.fireChannelRead("a connection") }
            #expect(again() == 1)
        }
        #expect(try channel.readInbound(as: String.self) == "a connection")
        _ = try channel.finish()
    }

    @Test("a warning comes with the first pause, and then every ten seconds")
    func warnings() throws {
        for _ in 0..<201 {
            fail(EMFILE)
            eventLoop.advanceTime(by: .milliseconds(100))
        }
        #expect(recorder.lines.count { $0.hasPrefix("warning: no room for another connection") } == 3)
        _ = try channel.finish()
    }

    @Test("any other error of accepting is no reason to stop", arguments: [ECONNABORTED, EPROTO])
    func otherError(error: Int32) throws {
        fail(error)
        #expect(isAccepting == nil)
        #expect(recorder.lines.count == 1 && recorder.lines[0].hasPrefix("debug: "))
        _ = try channel.finish()
    }
}
